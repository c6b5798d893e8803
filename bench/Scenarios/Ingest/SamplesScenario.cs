using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>Steps of 200 samples at full speed: the server parses them, hashes them and packs them, PostgreSQL alone is given what came out.</summary>
internal sealed class SamplesScenario : Scenario
{
    private const int Samples = 200;

    private static readonly Metric s_rate = new("samples_per_second", "samples/s", IsHeadline: true);

    public override string Name => "ingest-samples";

    public override string Title => "Samples in steps of 200, acknowledged when they are on the disk";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await using var shop = await IngestShop.StartAsync(context, cancellationToken);
        await shop.WarmUpAsync(Traffic(), cancellationToken);
        await using var bare = await BareContestant.StartAsync(shop, context, cancellationToken);
        var tried = await bare.FindBestAsync("PostgreSQL alone: which way is best", s_rate, Samples, cancellationToken);
        var all = await Contest.RunAsync(
            "steps of 200 samples", [s_rate, IngestMetrics.PerCpu, .. IngestMetrics.Cores],
            [
                new Competitor(StepCloudBroker.Name, MeasureAsync),
                new Competitor(BareContestant.Name, ct => bare.MeasureAsync(s_rate, Samples, ct)),
            ],
            context.Rounds, context.Say, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}", ["gateways"] = $"{IngestShop.Gateways} of {IngestShop.Sites} sites", ["in flight"] = $"{IngestShop.InFlight} each",
            ["bytes of a step"] = $"{Traffic().PayloadBytes}", ["bytes of its samples, packed"] = $"{bare.PackedBytes}", ["PostgreSQL"] = shop.Settings, ["PostgreSQL alone"] = bare.BestWay,
        };
        return context.Result(this, settings, all, tried);

        async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(CancellationToken ct)
        {
            var (acknowledged, cpu) = await shop.MeasureAsync(Traffic(), Samples, ct);
            return IngestMetrics.Of(cpu, s_rate, acknowledged * (double)Samples);
        }

        StepTraffic Traffic() => new(shop.Server.Gateways, context.Time, context.Time.GetUtcNow(), static head => SampleStep.Finish(head, Samples));
    }
}
