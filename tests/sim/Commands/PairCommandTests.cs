using Shouldly;
using StepCloud.GatewaySim.Files;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Commands;

public sealed class PairCommandTests
{
    [Fact]
    public async Task It_shows_the_code_waits_and_keeps_what_it_gets()
    {
        await using ScriptedPairing server = await ScriptedPairing.StartAsync(new PollAnswer("authorization_pending"), PollAnswer.Tokens);
        using TemporaryFolder folder = new();
        SimResult result = await PairAsync(server, folder);

        result.ExitCode.ShouldBe(0, result.Errors);
        IReadOnlyDictionary<string, string> start = server.Starts.ShouldHaveSingleItem();
        start["client_id"].ShouldBe("stepcloud-gateway");
        start.Keys.ShouldBe(["client_id", "gateway_id", "serial", "model", "software_version", "hardware_version"]);
        foreach ((_, IReadOnlyDictionary<string, string> form) in server.Polls)
        {
            form["device_code"].ShouldBe("device-code");
            form["grant_type"].ShouldBe("urn:ietf:params:oauth:grant-type:device_code");
            form["client_id"].ShouldBe("stepcloud-gateway");
        }

        string[] lines = result.Output.Trim().Split('\n');
        lines[0].ShouldStartWith("Enter BCDF-GHJK at http://stepcloud.example/pair ");
        lines[1].ShouldBe($"paired {start["gateway_id"]} (Gateway by the door)");
        using DataFolder data = DataFolder.Open(folder.Path);
        GatewayCredentials kept = data.Gateways().ShouldHaveSingleItem().Credentials;
        (kept.Id.ToString(), kept.Name, kept.RefreshToken).ShouldBe((start["gateway_id"], "Gateway by the door", "refresh"));
    }

    [Fact]
    public async Task Told_to_slow_down_it_waits_five_seconds_longer_and_a_busy_server_does_not_end_it()
    {
        await using ScriptedPairing server = await ScriptedPairing.StartAsync(new PollAnswer("busy", 503), new PollAnswer("slow_down"), PollAnswer.Tokens);
        using TemporaryFolder folder = new();
        (await PairAsync(server, folder)).ExitCode.ShouldBe(0);
        DateTimeOffset[] at = [.. server.Polls.Select(poll => poll.At)];
        (at[1] - at[0]).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.9));
        (at[2] - at[1]).ShouldBeGreaterThan(TimeSpan.FromSeconds(6.9));
    }

    [Theory]
    [InlineData("access_denied")]
    [InlineData("expired_token")]
    [InlineData("invalid_grant")]
    public async Task Turned_away_it_says_so_and_keeps_nothing(string error)
    {
        await using ScriptedPairing server = await ScriptedPairing.StartAsync(new PollAnswer(error));
        using TemporaryFolder folder = new();
        SimResult result = await PairAsync(server, folder);
        (result.ExitCode, result.Errors.Trim()).ShouldBe((1, $"The server refused: 400 {error}: Because of {error}."));
        using DataFolder data = DataFolder.Open(folder.Path);
        data.Gateways().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gateway_of_the_folder_is_paired_again_under_the_id_it_has_and_a_strange_one_is_not()
    {
        await using ScriptedPairing server = await ScriptedPairing.StartAsync(PollAnswer.Tokens, PollAnswer.Tokens with { RefreshToken = "second" });
        using TemporaryFolder folder = new();
        await PairAsync(server, folder);
        string id = server.Starts.Last()["gateway_id"], serial = server.Starts.Last()["serial"];

        (await PairAsync(server, folder, "--gateway", id)).ExitCode.ShouldBe(0);
        (server.Starts.Last()["gateway_id"], server.Starts.Last()["serial"]).ShouldBe((id, serial));
        using (DataFolder data = DataFolder.Open(folder.Path)) data.Gateways().ShouldHaveSingleItem().Credentials.RefreshToken.ShouldBe("second");

        SimResult strange = await PairAsync(server, folder, "--gateway", Guid.NewGuid().ToString());
        strange.ExitCode.ShouldBe(2);
        strange.Errors.ShouldContain("is not the id of a gateway of this data folder.");
    }

    private static Task<SimResult> PairAsync(ScriptedPairing server, TemporaryFolder folder, params string[] more) =>
        SimProcess.RunAsync(["pair", "--server", server.Address.ToString(), "--data", folder.Path, .. more]);
}
