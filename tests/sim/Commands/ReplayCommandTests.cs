using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Sim.Replay;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Commands;

public sealed class ReplayCommandTests
{
    [Fact]
    public async Task A_second_replay_sends_the_same_ids_and_bytes_and_nothing_else()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        fixture.Enroll();
        string[] replay = ["replay", OwnRecording.Path, .. fixture.ServerOptions, "--speed", "max"];
        (await SimProcess.RunAsync(replay)).ExitCode.ShouldBe(0);
        string[] first = [.. fixture.ReceivedSteps()];

        SimResult second = await SimProcess.RunAsync(replay);

        second.ExitCode.ShouldBe(0, second.Errors);
        second.Output.ShouldStartWith("own_part.csv: 8 steps (8 of 8, ");
        second.Output.TrimEnd().ShouldEndWith("\nreplayed 1 files: 8 steps, 752 samples; acknowledged 8, refused 0, left 0");
        fixture.ReceivedSteps().Skip(first.Length).ShouldBe(first);
    }

    [Theory]
    [InlineData("2026-11-20T07:00:00Z")]
    [InlineData("2026-11-20T07:00:00.000Z")]
    [InlineData("2026-11-20T08:00:00+01:00")]
    public async Task A_start_that_is_asked_for_is_the_first_steps_and_the_gateway_that_is_asked_for_sends(string start)
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        fixture.Enroll();
        GatewayId second = fixture.Enroll();

        SimResult result = await SimProcess.RunAsync(
            ["replay", OwnRecording.Path, .. fixture.ServerOptions, "--speed", "max", "--start", start, "--gateway", second.ToString()]);

        result.ExitCode.ShouldBe(0, result.Errors);
        fixture.Server.StepMessages.ShouldAllBe(message => message.Topic == $"sc/1/{second}/steps");
        JsonDocument.Parse(fixture.ReceivedSteps().First()).RootElement.GetProperty("started").GetString().ShouldBe("2026-11-20T07:00:00.000000Z");
    }

    [Fact]
    public async Task At_true_timing_a_step_is_sent_when_it_has_ended()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        fixture.Enroll();
        long began = Stopwatch.GetTimestamp();
        (await SimProcess.RunAsync(["replay", OwnRecording.Path, .. fixture.ServerOptions])).ExitCode.ShouldBe(0);

        // 16 rows are 1.6 s; it cannot be sooner, and how much later is the machine's affair.
        Stopwatch.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.6));
        fixture.ReceivedSteps().Count().ShouldBe(8);
    }

    [Fact]
    public async Task A_refused_step_is_no_success()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        fixture.Enroll();
        fixture.Server.OnSteps = _ => new Answer(Mqtt.Packets.ReasonCode.PayloadFormatInvalid, "time_in_future: no.");
        string one = fixture.WriteFile("one.csv", ",a,Machining_Process,tool_condition\n0,1,Prep,worn\n");

        SimResult result = await SimProcess.RunAsync(["replay", one, .. fixture.ServerOptions, "--speed", "max", "--json"]);

        result.ExitCode.ShouldBe(1);
        JsonElement summary = JsonDocument.Parse(result.Output).RootElement;
        (summary.GetProperty("refused").GetInt32(), summary.GetProperty("left").GetInt32()).ShouldBe((1, 0));
        result.Errors.ShouldContain("refused: time_in_future: no.");
    }

    [Fact]
    public async Task A_signal_stops_it_and_what_is_made_stays_in_the_outbox()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        fixture.Enroll();
        fixture.Server.OnSteps = _ => Answer.Silence;
        await using SimProcess process = SimProcess.Start(["replay", OwnRecording.Path, .. fixture.ServerOptions, "--speed", "max"]);
        await Eventually.HoldsAsync(() => fixture.Server.StepMessages.Any(), "a step was sent");

        await process.TerminateAsync();
        SimResult result = await process.ResultAsync();

        result.ExitCode.ShouldBe(1, result.Errors);
        result.Output.ShouldContain("stopped in the replay of 1 files: ");
        result.Output.ShouldNotContain("left 0");
    }
}
