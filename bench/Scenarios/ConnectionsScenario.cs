using System.CommandLine;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios;

/// <summary>What a client costs that is connected and says nothing: the difference that so many of them make to the server's memory.</summary>
internal sealed class ConnectionsScenario : Scenario
{
    /// <summary>
    /// Connections that come and go before, so that what the first ones need once (compiled code above all) is not counted as theirs. Few at a
    /// time, because memory that a server keeps from them would be missing from the difference.
    /// </summary>
    private const int WarmupConnections = 20;
    private const int WarmupTimes = 50;

    /// <summary>What the server does behind a CONNECT and a close is over by then.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(2);

    private static readonly Metric s_managed = new("managed_bytes_per_connection", "managed bytes per connection", IsHeadline: true);
    private static readonly Metric s_resident = new("resident_bytes_per_connection", "resident bytes (RSS) per connection", IsHeadline: true);
    private static readonly Metric s_total = new("resident_mebibytes", "RSS with all, MiB", "N1");
    private static readonly Metric s_empty = new("resident_mebibytes_before", "RSS before, MiB", "N1");
    private static readonly Metric s_accepted = new("accepted_per_second", "accepted/s");

    private readonly Option<int> _connections = Arguments.Number("--connections", "How many are idle at once.", 10_000, 100, 25_000);

    public override string Name => "connections";

    public override string Title => "Memory of the server for each idle connection";

    public override IReadOnlyList<Option> Options => [_connections];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int count = context.Quick ? Math.Min(1000, context.Parsed.GetValue(_connections)) : context.Parsed.GetValue(_connections);
        OpenFiles.Require(count + 500);
        string version = MosquittoBroker.Version();
        var result = await Contest.RunAsync(
            $"{count:N0} connections",
            [s_managed, s_resident, s_empty, s_total, s_accepted],
            [
                new Competitor(StepCloudBroker.Name, async ct => await MeasureAsync(await StepCloudBroker.StartAsync(ct), count, context, ct)),
                new Competitor(MosquittoBroker.Name, async ct => await MeasureAsync(await MosquittoBroker.StartAsync(ct), count, context, ct)),
            ],
            context.Rounds, context.Say, cancellationToken);
        return context.Result(this, new Dictionary<string, string> { ["connections"] = $"{count}", ["Mosquitto"] = version }, result);
    }

    /// <summary>In a process that is new each round: memory that was once had is seldom given back.</summary>
    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(Broker started, int count, ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var broker = started;
        for (int i = 0; i < WarmupTimes; i++)
        {
            using var first = new IdleConnections();
            first.Open(broker.EndPoint, WarmupConnections, cancellationToken);
        }

        await Task.Delay(s_settling, context.Time, cancellationToken);
        var before = await ReadAsync(broker, cancellationToken);

        using var connections = new IdleConnections();
        long begun = context.Time.GetTimestamp();
        connections.Open(broker.EndPoint, count, cancellationToken);
        var opening = context.Time.GetElapsedTime(begun);
        await Task.Delay(s_settling, context.Time, cancellationToken);
        var after = await ReadAsync(broker, cancellationToken);
        broker.Process.ThrowIfEnded();

        var values = new Dictionary<Metric, double>
        {
            [s_resident] = (double)(after.Resident - before.Resident) / count,
            [s_empty] = before.Resident / 1024.0 / 1024,
            [s_total] = after.Resident / 1024.0 / 1024,
            [s_accepted] = count / opening.TotalSeconds,
        };
        if (before.Managed is { } less && after.Managed is { } more) values[s_managed] = (double)(more - less) / count;
        return values;
    }

    /// <summary>The managed memory first: its collection also gives back what RSS would count.</summary>
    private static async Task<(long? Managed, long Resident)> ReadAsync(Broker broker, CancellationToken cancellationToken)
    {
        long? managed = await broker.ManagedBytesAsync(cancellationToken);
        return (managed, ProcessStatus.ResidentBytes(broker.Process.Id));
    }
}
