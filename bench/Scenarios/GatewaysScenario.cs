using System.CommandLine;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Scenarios;

/// <summary>What a gateway costs that is connected and has nothing to send, its actor included.</summary>
internal sealed class GatewaysScenario : Scenario
{
    private const int StepBytes = 256;

    /// <summary>They come and go before, so that what the first need once is not counted as the others'.</summary>
    private const int WarmupGateways = 50;

    /// <summary>What the server does behind a CONNECT and a close is over by then.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(10);

    private static readonly Metric s_resident = new("resident_bytes_per_gateway", "resident bytes (RSS) per gateway", IsHeadline: true);
    private static readonly Metric s_total = new("resident_mebibytes", "RSS with all, MiB", "N1");
    private static readonly Metric s_empty = new("resident_mebibytes_before", "RSS before, MiB", "N1");
    private static readonly Metric s_accepted = new("accepted_per_second", "accepted/s");

    private readonly Option<int> _gateways = Arguments.Number("--gateways", "How many are connected at once.", 10_000, 100, 25_000);
    private readonly Option<bool> _silo = new("--silo") { Description = "A cluster of one node beside the single process." };

    public override string Name => "gateways";

    public override string Title => "Memory of the server for each gateway that is connected and idle, actors included";

    public override IReadOnlyList<Option> Options => [_gateways, _silo];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int count = context.Quick ? Math.Min(1000, context.Parsed.GetValue(_gateways)) : context.Parsed.GetValue(_gateways);
        OpenFiles.Require(count + 500);
        context.Say($"Making {count} gateways ...");
        await using var single = await ShopServer.StartAsync(Checkout.Program("api", "stepcloud"), new ShopPlan(count), context.Time, cancellationToken);
        await using var silo = context.Parsed.GetValue(_silo) ? await ShopServer.StartAsync(Checkout.Program("silo", "stepcloud-silo"), new ShopPlan(count), context.Time, cancellationToken) : null;
        var result = await Contest.RunAsync(
            $"{count:N0} gateways",
            [s_resident, s_empty, s_total, s_accepted],
            [
                .. silo is null ? [] : (Competitor[])[new Competitor("a cluster of one node", ct => MeasureAsync(silo, context, ct))],
                new Competitor("the single process", ct => MeasureAsync(single, context, ct)),
            ],
            context.Rounds, context.Say, cancellationToken);
        return context.Result(this, new Dictionary<string, string> { ["gateways"] = $"{count}" }, result);
    }

    /// <summary>In a process that is new each round: memory that was once had is seldom given back.</summary>
    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(ShopServer server, ScenarioContext context, CancellationToken cancellationToken)
    {
        await server.RestartAsync(cancellationToken);
        PublishPlan plan = new(server.Gateways.Count, StepBytes, InFlight: 2, QualityOfService.AtLeastOnce, WritesPacketByPacket: false, HasSubscriber: false)
        {
            Traffic = new StepTraffic(server.Gateways, StepBytes, context.Time),
        };
        using (Connect(server, plan, WarmupGateways, cancellationToken)) await Task.Delay(s_settling, context.Time, cancellationToken);
        long before = ProcessStatus.ResidentBytes(server.Process.Id);
        long begun = context.Time.GetTimestamp();
        using var all = Connect(server, plan, server.Gateways.Count, cancellationToken);
        var opening = context.Time.GetElapsedTime(begun);
        await Task.Delay(s_settling, context.Time, cancellationToken);
        long after = ProcessStatus.ResidentBytes(server.Process.Id);
        server.Process.ThrowIfEnded();
        return new Dictionary<Metric, double>
        {
            [s_resident] = (double)(after - before) / server.Gateways.Count,
            [s_empty] = before / 1024.0 / 1024,
            [s_total] = after / 1024.0 / 1024,
            [s_accepted] = server.Gateways.Count / opening.TotalSeconds,
        };
    }

    private static Connections Connect(ShopServer server, PublishPlan plan, int count, CancellationToken cancellationToken)
    {
        Connections connections = new();
        try
        {
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                connections.Add(new Publisher(server.Mqtt, plan, i));
            }

            return connections;
        }
        catch
        {
            connections.Dispose();
            throw;
        }
    }

    private sealed class Connections : List<Publisher>, IDisposable
    {
        public void Dispose() => ForEach(static publisher => publisher.Dispose());
    }
}
