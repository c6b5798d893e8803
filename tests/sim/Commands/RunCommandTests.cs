using System.Diagnostics;
using System.Text.Json;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Sim.Peers;
using StepCloud.Tests.Sim.Uplink;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Sim.Commands;

public sealed class RunCommandTests
{
    [Fact]
    public async Task A_shop_runs_for_its_time_delivers_all_and_its_status_tells_so()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        GatewayId[] gateways = [fixture.Enroll(), fixture.Enroll()];
        string status = Path.Combine(fixture.Data, "status.json");

        SimResult result = await SimProcess.RunAsync(["run", .. fixture.ServerOptions, "--for", "4s", "--speed", "4", "--status-file", status]);

        result.ExitCode.ShouldBe(0, result.Errors);
        string[] received = [.. fixture.Server.StepMessages.SelectMany(GatewayFixture.IdsOf)];
        result.Output.ShouldStartWith($"made {received.Length} steps, ");
        result.Output.TrimEnd().ShouldEndWith($"; acknowledged {received.Length}, refused 0, left 0");
        received.ShouldBeUnique();
        JsonElement last = JsonDocument.Parse(File.ReadAllText(status)).RootElement;
        last.EnumerateObject().Select(member => (member.Name, member.Value.GetInt32())).ShouldBe(
            [("gateways", 2), ("online", 0), ("made", received.Length), ("acknowledged", received.Length), ("refused", 0), ("outbox", 0)]);
        fixture.Server.Messages.Count(message => message.Text == "offline").ShouldBe(2);
        foreach (GatewayId gateway in gateways)
        {
            IEnumerable<string> ledger = File.ReadLines(Path.Combine(fixture.Data, "gateways", gateway.ToString(), "ledger.log"));
            string[] acknowledged = [.. ledger.Where(line => line[0] == 'A').Select(line => line[2..])];
            acknowledged.ShouldNotBeEmpty();
            acknowledged.ShouldBe(
                fixture.Server.StepMessages.Where(message => message.Topic.Contains(gateway.ToString(), StringComparison.Ordinal)).SelectMany(GatewayFixture.IdsOf),
                ignoreOrder: true);
        }
    }

    [Fact]
    public async Task A_signal_stops_it_and_what_is_left_is_told_and_kept()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        GatewayId gateway = fixture.Enroll();
        fixture.Server.OnSteps = _ => Answer.Silence;
        await using SimProcess process = SimProcess.Start(["run", .. fixture.ServerOptions, "--drain", "500ms", "--speed", "4"]);
        await Eventually.HoldsAsync(() => fixture.Server.StepMessages.Any(), "a step was sent");

        await process.TerminateAsync();
        SimResult result = await process.ResultAsync();

        result.ExitCode.ShouldBe(1, result.Errors);
        result.Output.ShouldContain($"steps of gateway {gateway}, kept in {fixture.OutboxOf(gateway)}");

        // The next run delivers them.
        fixture.Server.OnSteps = _ => Answer.Ok;
        string[] kept = [.. fixture.Server.StepMessages.SelectMany(GatewayFixture.IdsOf).Distinct()];
        int before = fixture.Server.StepMessages.Count();
        (await SimProcess.RunAsync(["run", .. fixture.ServerOptions, "--for", "1s"])).ExitCode.ShouldBe(0);
        fixture.Server.StepMessages.Skip(before).SelectMany(GatewayFixture.IdsOf).Take(kept.Length).ShouldBe(kept);
    }

    [Fact]
    public async Task It_ends_with_the_process_it_is_told_to_end_with()
    {
        await using SimFixture fixture = await SimFixture.StartAsync();
        fixture.Enroll();
        using Process other = Process.Start("sleep", ["300"])!;
        await using SimProcess process = SimProcess.Start(
            ["run", .. fixture.ServerOptions, "--exit-with", other.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await Eventually.HoldsAsync(() => !fixture.Server.Connects.IsEmpty, "it is connected");

        other.Kill();
        await other.WaitForExitAsync();

        (await process.ResultAsync()).ExitCode.ShouldBe(0);
    }
}
