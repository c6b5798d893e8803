using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>How long an acknowledgement takes at half of what the server can do, by a timetable; beside it what the disk takes to keep anything at all.</summary>
internal sealed class LatencyScenario : Scenario
{
    /// <summary>One step at a time is other code than ten of a read.</summary>
    private static readonly TimeSpan s_warmup = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_leadIn = TimeSpan.FromSeconds(1);

    private static readonly Metric s_p50 = new("p50_milliseconds", "p50, ms", "0.000", IsHeadline: true);
    private static readonly Metric s_p99 = new("p99_milliseconds", "p99, ms", "0.00", IsHeadline: true);
    private static readonly Metric s_most = new("max_milliseconds", "longest, ms", "0.0");
    private static readonly Metric s_rate = new("acknowledged_per_second", "acknowledged/s");
    private static readonly Metric s_late = new("load_late_p99_milliseconds", "the load's own delay, p99, ms", "0.00");

    public override string Name => "ingest-latency";

    public override string Title => "From PUBLISH to PUBACK at half of the top rate";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var shop = await IngestShop.StartAsync(context, cancellationToken);
        await shop.WarmUpAsync(shop.SmallSteps(), cancellationToken);
        List<double> tops = [];
        for (int i = 0; i < context.Rounds; i++)
        {
            context.Say($"The top rate: {i + 1} of {context.Rounds} ...");
            var (acknowledged, cpu) = await shop.MeasureAsync(shop.SmallSteps(), 0, cancellationToken);
            tops.Add(acknowledged / cpu.Wall);
        }

        double top = Summary.MedianOf(tops);
        context.Say("Warming up by the timetable ...");
        using (OpenLoad load = new(shop.Server.Mqtt, shop.SmallSteps(), shop.Server.Gateways.Count, context.Time))
            await RunAsync(load, top / 2, context.Quick ? s_warmup / 5 : s_warmup, static () => { }, cancellationToken);
        var result = await Contest.RunAsync(
            "steps of 256 bytes", [s_p50, s_p99, s_most, s_rate, s_late, .. IngestMetrics.Cores],
            [
                new Competitor("StepCloud, PUBLISH to PUBACK", ct => MeasureAsync(shop, top / 2, context, ct)),
                new Competitor("the disk, 8 KiB and fdatasync", ct => Task.Run<IReadOnlyDictionary<Metric, double>>(() => MeasureDisk(shop, context), ct)),
            ],
            context.Rounds, context.Say, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}", ["gateways"] = $"{IngestShop.Gateways} of {IngestShop.Sites} sites", ["bytes of a step"] = $"{IngestShop.StepBytes}",
            ["top rate"] = $"{top:N0}/s", ["PostgreSQL"] = shop.Settings,
        };
        return context.Result(this, settings, result);
    }

    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(IngestShop shop, double rate, ScenarioContext context, CancellationToken cancellationToken)
    {
        var since = context.Time.GetUtcNow();
        using OpenLoad load = new(shop.Server.Mqtt, shop.SmallSteps(), shop.Server.Gateways.Count, context.Time);
        CpuMeter? meter = null;
        var (latencies, lateness) = await RunAsync(
            load, rate, context.RoundDuration, () => meter = CpuMeter.Start(context.Time, shop.Server.Process.Id, shop.Server.DatabaseProcessId), cancellationToken);
        var cpu = meter!.Read();
        await shop.Steps.VerifyAsync(since, load.Answered, 0, cancellationToken);
        latencies.Sort();
        lateness.Sort();
        return new Dictionary<Metric, double>(IngestMetrics.Of(cpu))
        {
            [s_p50] = Percentile(latencies, 0.5), [s_p99] = Percentile(latencies, 0.99), [s_most] = latencies[^1],
            [s_rate] = latencies.Count / cpu.Wall, [s_late] = Percentile(lateness, 0.99),
        };
    }

    private static Task<OpenResult> RunAsync(OpenLoad load, double rate, TimeSpan duration, Action begun, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => load.Run(rate, s_leadIn, duration, begun, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Dictionary<Metric, double> MeasureDisk(IngestShop shop, ScenarioContext context)
    {
        var times = DiskProbe.Measure(shop.Server.DatabaseFolder, context.RoundDuration / 2, context.Time);
        times.Sort();
        return new Dictionary<Metric, double> { [s_p50] = Percentile(times, 0.5), [s_p99] = Percentile(times, 0.99), [s_most] = times[^1] };
    }

    /// <summary>By nearest rank.</summary>
    private static double Percentile(List<double> sorted, double share) =>
        sorted.Count > 0 ? sorted[(int)Math.Ceiling(share * sorted.Count) - 1] : throw new BenchException("Nothing was acknowledged.");
}
