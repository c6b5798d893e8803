using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Replay;
using StepCloud.GatewaySim.Wire;
using StepCloud.Tests.Sim.Outbox;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Commands;

/// <summary>The real program, killed (SIGKILL) in the middle of its work and started again.</summary>
public sealed class KillTests
{
    private const int Steps = 4000;

    [Fact]
    public async Task Killed_while_it_fills_its_outbox_it_has_lost_nothing_that_was_flushed_and_all_is_delivered_once()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        GatewayId gateway = fixture.Enroll();
        string recording = fixture.WriteFile("long.csv", LongRecording());
        await using (SimProcess process = SimProcess.Start(["replay", recording, .. fixture.NobodyOptions, "--speed", "max"]))
        {
            await Eventually.HoldsAsync(() => OutboxBytes(fixture, gateway) > 200_000, "the outbox grows");
            process.Kill();
            (await process.ResultAsync()).ExitCode.ShouldBe(137);
        }

        OutboxStep[] expected = Expected(fixture, gateway, recording);
        int kept = await ShouldHoldTheFirstOf(fixture, gateway, expected);

        SimResult again = await SimProcess.RunAsync(["replay", recording, .. fixture.ServerOptions, "--speed", "max", "--json"]);

        again.ExitCode.ShouldBe(0, again.Errors);
        JsonElement summary = JsonDocument.Parse(again.Output).RootElement;
        summary.GetProperty("left").GetInt32().ShouldBe(0);
        summary.GetProperty("steps").GetInt32().ShouldBe(Steps);
        summary.GetProperty("acknowledged").GetInt32().ShouldBeInRange(Steps, Steps + kept);
        ShouldBeAllOnce(fixture, expected);
    }

    [Fact]
    public async Task Killed_again_and_again_while_it_delivers_the_end_is_the_same()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        GatewayId gateway = fixture.Enroll();
        string recording = fixture.WriteFile("long.csv", LongRecording());
        string[] replay = ["replay", recording, .. fixture.ServerOptions, "--speed", "max"];
        for (int round = 1; round <= 3; round++)
        {
            // Answered up to there and no further: it cannot be done before it is killed.
            int answered = fixture.Server.StepMessages.Count() + 3 * round;
            fixture.Server.OnSteps = _ => fixture.Server.StepMessages.Count() <= answered ? Answer.Ok : Answer.Silence;
            await using SimProcess process = SimProcess.Start(replay);
            await Eventually.HoldsAsync(() => fixture.Server.StepMessages.Count() > answered, "steps come");
            process.Kill();
            (await process.ResultAsync()).ExitCode.ShouldBe(137);
        }

        fixture.Server.OnSteps = _ => Answer.Ok;
        (await SimProcess.RunAsync(replay)).ExitCode.ShouldBe(0);

        OutboxStep[] expected = Expected(fixture, gateway, recording);
        ShouldBeAllOnce(fixture, expected);
        (await ShouldHoldTheFirstOf(fixture, gateway, [])).ShouldBe(0);
        string ledger = Path.Combine(fixture.Data, "gateways", gateway.ToString(), "ledger.log");
        string[] lines = File.ReadAllLines(ledger);
        lines.Where(line => line[0] == 'A').Select(line => line[2..]).Distinct().Count().ShouldBe(Steps);
        // However often it was sent, an id always stood for the same bytes.
        lines.Where(line => line[0] == 'S').Distinct().Count().ShouldBe(Steps);
    }

    private static long OutboxBytes(SimFixture fixture, GatewayId gateway) => Directory.Exists(fixture.OutboxOf(gateway))
        ? new DirectoryInfo(fixture.OutboxOf(gateway)).GetFiles("*.seg").Sum(file => file.Length)
        : 0;

    // Steps of one row each, so that there are many appends to be killed in.
    private static string LongRecording()
    {
        StringBuilder content = new(",a,b,Machining_Process,tool_condition\n");
        for (int row = 0; row < Steps; row++)
            content.Append(row).Append(",1.25,").Append(row / 8.0).Append(row % 2 == 0 ? ",Up,worn\n" : ",Down,worn\n");
        return content.ToString();
    }

    // What the program must have made, from the start that it kept and the device that it made.
    private static OutboxStep[] Expected(SimFixture fixture, GatewayId gateway, string recording)
    {
        string folder = Path.Combine(fixture.Data, "gateways", gateway.ToString());
        JsonElement device = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "devices.json"))).RootElement[0];
        DeviceId mill = DeviceId.Parse(device.GetProperty("device").GetString()!, null);
        MachiningFile file = MachiningCsv.Read(recording, File.ReadAllBytes(recording));
        KeptStart kept = ReplayStarts.Read(Path.Combine(folder, "replays.json")).Find(mill, file)!;
        return [.. ReplaySteps.Of(new ReplayJob(file, kept.Start, kept.FileName), mill).Select(step => new OutboxStep(step.Id, StepJson.SamplesOf(step), StepJson.Write(step)) { ContentHash = ContentHash.Of(step) })];
    }

    private static async Task<int> ShouldHoldTheFirstOf(SimFixture fixture, GatewayId gateway, OutboxStep[] expected)
    {
        await using StepOutbox outbox = StepOutbox.Open(fixture.OutboxOf(gateway), OutboxOptions.Default, NullLogger.Instance);
        int count = outbox.Count;
        outbox.Take(int.MaxValue, int.MaxValue).ShouldBeSteps(expected[..count]);
        return count;
    }

    private static void ShouldBeAllOnce(SimFixture fixture, OutboxStep[] expected)
    {
        Dictionary<string, string> received = [];
        foreach (string step in fixture.ReceivedSteps())
        {
            string id = JsonDocument.Parse(step).RootElement.GetProperty("id").GetString()!;
            if (!received.TryAdd(id, step))
                received[id].ShouldBe(step, "a resend has the same bytes");
        }
        received.Count.ShouldBe(Steps);
        foreach (OutboxStep step in expected)
            received[step.Id.ToString()].ShouldBe(Encoding.UTF8.GetString(step.Payload.Span));
    }
}
