using Shouldly;
using StepCloud.GatewaySim.Files;
using StepCloud.Tests.Sim.Peers;
using Xunit;

namespace StepCloud.Tests.Sim.Commands;

public sealed class CommandLineTests
{
    private static readonly string[] Nobody = ["--server", "http://127.0.0.1:9", "--mqtt", "127.0.0.1:9"];

    public static TheoryData<string, string> Mistakes() => new()
    {
        { "run --server ftp://x --mqtt h:1 --data d", "--server 'ftp://x' is not an http or https address." },
        { "run --server http://x --mqtt h:99999 --data d", "--mqtt 'h:99999' is not host:port." },
        { "run --server http://x --mqtt h --data d --for 30", "--for '30' is not a time like 500ms, 30s, 5m or 2h." },
        { "run --server http://x --mqtt h --data d --speed 0", "--speed '0' is not a number from 0.01 to 1000." },
        { "run --server http://x --mqtt h --data d --outbox-mib 1", "--outbox-mib '1' is not a whole number from 16 to 1000000." },
        { "replay f.csv --server http://x --mqtt h --data d --speed fast", "--speed 'fast' is neither max nor a number over 0." },
        { "replay f.csv --server http://x --mqtt h --data d --start 2026-11-21T07:00:00", "--start '2026-11-21T07:00:00' is not a time with its offset, like 2026-11-21T07:00:00Z." },
        { "replay f.csv --server http://x --mqtt h --data d --gateway 1", "--gateway '1' is not the id of a gateway." },
        { "enroll --server http://x --data d --gateways 0", "--gateways '0' is not a whole number from 1 to 10000." },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_wrong_option_is_one_line_that_names_it_and_exit_code_2(string commandLine, string message)
    {
        SimResult result = await SimProcess.RunAsync(commandLine.Split(' '));
        (result.ExitCode, result.Errors.Trim(), result.Output).ShouldBe((2, message, ""));
    }

    [Fact]
    public async Task Enrolling_brings_the_folder_to_as_many_as_asked_for_and_no_more()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        string password = fixture.WriteFile("password", "correct horse\nsecond line\n");
        string[] enroll = ["enroll", "--server", fixture.Tokens.Address.ToString(), "--data", fixture.Data, "--email", "user@example.org", "--password-file", password, "--gateways"];

        (await SimProcess.RunAsync([.. enroll, "2"])).ExitCode.ShouldBe(0);
        (await SimProcess.RunAsync([.. enroll, "3", "--site", "Main shop"])).ExitCode.ShouldBe(0);
        SimResult last = await SimProcess.RunAsync([.. enroll, "3"]);

        (last.ExitCode, last.Output.Trim()).ShouldBe((0, "3 gateways are enrolled already."));
        fixture.Tokens.GatewayNames.Distinct().Count().ShouldBe(3);
        using DataFolder data = DataFolder.Open(fixture.Data);
        data.Gateways().Select(gateway => gateway.Credentials.Name).ShouldBe(fixture.Tokens.GatewayNames);
        data.Gateways().Select(gateway => gateway.Credentials.RefreshToken).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task Enrolling_takes_an_access_token_in_place_of_a_password_and_the_password_from_the_environment()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        string[] enroll = ["enroll", "--server", fixture.Tokens.Address.ToString(), "--data", fixture.Data];

        (await SimProcess.RunAsync([.. enroll, "--gateways", "1"], ("STEPCLOUD_ACCESS_TOKEN", "user-token"))).ExitCode.ShouldBe(0);
        (await SimProcess.RunAsync([.. enroll, "--gateways", "2", "--email", "user@example.org"], ("STEPCLOUD_PASSWORD", "correct horse"))).ExitCode.ShouldBe(0);

        SimResult wrong = await SimProcess.RunAsync([.. enroll, "--gateways", "3", "--email", "user@example.org"], ("STEPCLOUD_PASSWORD", "wrong"));
        (wrong.ExitCode, wrong.Errors.Trim()).ShouldBe((1, "The server refused: 401 wrong_credentials: Because of wrong_credentials."));
        SimResult none = await SimProcess.RunAsync([.. enroll, "--gateways", "3"]);
        none.ExitCode.ShouldBe(2);
        none.Errors.ShouldContain("STEPCLOUD_ACCESS_TOKEN");
        SimResult site = await SimProcess.RunAsync([.. enroll, "--gateways", "3", "--site", "Nowhere"], ("STEPCLOUD_ACCESS_TOKEN", "user-token"));
        (site.ExitCode, site.Errors.Trim()).ShouldBe((2, "You have no site of the name 'Nowhere'."));
    }

    [Fact]
    public async Task Without_a_gateway_there_is_nothing_to_run()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        SimResult result = await SimProcess.RunAsync(["run", .. fixture.NobodyOptions]);
        (result.ExitCode, result.Errors.Trim()).ShouldBe((2, $"No gateway is enrolled in {fixture.Data}: see gateway-sim enroll."));
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_refused()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        fixture.Enroll();
        using DataFolder owned = DataFolder.Open(fixture.Data);
        SimResult result = await SimProcess.RunAsync(["run", .. fixture.NobodyOptions]);
        (result.ExitCode, result.Errors.Trim()).ShouldBe((2, $"The data folder {fixture.Data} is in use by another process."));
    }

    [Fact]
    public async Task A_malformed_recording_is_told_before_anything_is_made()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        string good = fixture.WriteFile("good.csv", ",a,Machining_Process,tool_condition\n0,1,Prep,worn\n");
        string bad = fixture.WriteFile("bad.csv", ",a,Machining_Process,tool_condition\n0,x,Prep,worn\n");
        SimResult result = await SimProcess.RunAsync(["replay", good, bad, .. Nobody, "--data", fixture.Data]);
        (result.ExitCode, result.Errors.Trim()).ShouldBe((2, $"{bad}:2: column 2: a is 'x', not a number"));
        Directory.Exists(fixture.Data).ShouldBeFalse();
    }

    [Fact]
    public async Task A_recording_that_is_not_there_is_told()
    {
        SimResult result = await SimProcess.RunAsync(["replay", "/nowhere/x.csv", .. Nobody, "--data", "/nowhere/data"]);
        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldStartWith("/nowhere/x.csv cannot be read: ");
    }
}
