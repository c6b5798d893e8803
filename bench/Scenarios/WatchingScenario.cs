using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Bench.Scenarios.Ingest;

namespace StepCloud.Bench.Scenarios;

/// <summary>What it costs to be watched: the same small steps at full speed, while nobody looks, while `/metrics` is read, and while a collector is sent to.</summary>
internal sealed class WatchingScenario : Scenario
{
    private const string Unwatched = "nobody watches";

    private static readonly Metric s_rate = new("acknowledged_per_second", "acknowledged/s", IsHeadline: true);
    private static readonly Metric s_serverCpu = new("server_microseconds_per_step", "CPU of the server a step, microseconds", "0.0", IsHeadline: true);
    private static readonly Metric s_told = new("told_kilobytes_per_second", "told to whoever watches, kB/s", "N0");

    public override string Name => "watching";

    public override string Title => "What it costs to be watched";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var sink = await OtlpSink.StartAsync(cancellationToken);
        // A server has its settings from its start: one for each, on a database of its own, and only one of them is loaded at a time.
        await using var plain = await StartAsync(context, [], cancellationToken);
        await using var sampled = await StartAsync(context, OtlpSettings(sink, "0.01", "50"), cancellationToken);
        await using var traced = await StartAsync(context, OtlpSettings(sink, "1", "100000"), cancellationToken);
        foreach (var shop in (IngestShop[])[plain, sampled, traced]) await shop.WarmUpAsync(shop.SmallSteps(), cancellationToken);
        var result = await Contest.RunAsync(
            "steps of 256 bytes", [s_rate, s_serverCpu, IngestMetrics.PerCpu, s_told, .. IngestMetrics.Cores],
            [
                new Competitor("/metrics every second", ct => MeasureScrapedAsync(plain, context, ct)),
                new Competitor("OTLP, a trace of one batch in 100", ct => MeasureSentAsync(sampled, sink, context, ct)),
                new Competitor("OTLP, a trace of every batch", ct => MeasureSentAsync(traced, sink, context, ct)),
                new Competitor(Unwatched, ct => MeasureAsync(plain, static () => 0, context, ct)),
            ],
            context.Rounds, context.Say, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}", ["gateways"] = $"{IngestShop.Gateways} of {IngestShop.Sites} sites", ["in flight"] = $"{IngestShop.InFlight} each",
            ["bytes of a step"] = $"{IngestShop.StepBytes}", ["metrics over OTLP"] = "every second", ["traces of one in 100"] = "50 a second at most", ["PostgreSQL"] = plain.Settings,
        };
        return context.Result(this, settings, result);
    }

    private static Task<IngestShop> StartAsync(ScenarioContext context, Dictionary<string, string?> settings, CancellationToken cancellationToken) =>
        IngestShop.StartAsync(context, new ShopPlan(IngestShop.Gateways, IngestShop.Sites) { Settings = settings }, cancellationToken);

    /// <summary>Metrics every second, the most that can be set: as often as the other one's pages are read.</summary>
    private static Dictionary<string, string?> OtlpSettings(OtlpSink sink, string ratio, string tracesPerSecondMax) => new()
    {
        ["Otlp__Endpoint"] = sink.Address, ["Otlp__TraceRatio"] = ratio, ["Otlp__TracesPerSecondMax"] = tracesPerSecondMax, ["Otlp__MetricsEvery"] = "00:00:01",
    };

    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureScrapedAsync(IngestShop shop, ScenarioContext context, CancellationToken cancellationToken)
    {
        await using MetricsScrape scrape = new(shop.Server.Http, context.Time);
        var measured = await MeasureAsync(shop, () => scrape.Bytes, context, cancellationToken);
        return scrape.Bytes > 0 ? measured : throw new BenchException("No page of metrics was read in a round.");
    }

    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureSentAsync(IngestShop shop, OtlpSink sink, ScenarioContext context, CancellationToken cancellationToken)
    {
        var (traces, metrics) = (sink.TraceBytes, sink.MetricBytes);
        var measured = await MeasureAsync(shop, () => sink.TraceBytes + sink.MetricBytes, context, cancellationToken);
        // Spans are sent within five seconds of their end, which may be after the round.
        for (int i = 0; i < 100 && (sink.TraceBytes == traces || sink.MetricBytes == metrics); i++) await Task.Delay(TimeSpan.FromMilliseconds(100), context.Time, cancellationToken);
        return sink.TraceBytes > traces && sink.MetricBytes > metrics ? measured : throw new BenchException("The collector got no traces, or no metrics, of a round.");
    }

    /// <param name="told">Bytes that those who watch have got so far.</param>
    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(IngestShop shop, Func<long> told, ScenarioContext context, CancellationToken cancellationToken)
    {
        long before = told(), begun = context.Time.GetTimestamp();
        var (acknowledged, cpu) = await shop.MeasureAsync(shop.SmallSteps(), 0, cancellationToken);
        return new Dictionary<Metric, double>(IngestMetrics.Of(cpu, s_rate, acknowledged))
        {
            [s_serverCpu] = cpu.Server * 1e6 / acknowledged,
            [s_told] = (told() - before) / 1000.0 / context.Time.GetElapsedTime(begun).TotalSeconds,
        };
    }
}
