using System.CommandLine;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Load.Bare;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>Whether the rate of small steps stays when a year of them is stored: two servers in turn, one of which has them.</summary>
internal sealed class GrowthScenario : Scenario
{
    private const int QuickStored = 200_000;

    /// <summary>Of a step of 256 bytes.</summary>
    private const int LabelChars = 56;

    private static readonly Metric s_rate = new("acknowledged_per_second", "acknowledged/s", IsHeadline: true);

    private readonly Option<int> _stored = Arguments.Number("--stored", "Steps that are stored before.", 50_000_000, 1000, 1_000_000_000);

    public override string Name => "ingest-growth";

    public override string Title => "Steps of 256 bytes beside a year of them";

    public override IReadOnlyList<Option> Options => [_stored];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int count = context.Quick ? Math.Min(QuickStored, context.Parsed.GetValue(_stored)) : context.Parsed.GetValue(_stored);
        StoredPast.RequireRoom(Path.GetTempPath(), count);
        TimeSpan filling = default;
        ShopPlan plan = new(IngestShop.Gateways, IngestShop.Sites)
        {
            PrepareAsync = async (owner, gateways, ct) =>
            {
                long begun = context.Time.GetTimestamp();
                await new StoredPast(owner, gateways, context.Time, context.Say).StoreAsync(count, LabelChars, ct);
                filling = context.Time.GetElapsedTime(begun);
            },
        };
        await using var full = await IngestShop.StartAsync(context, plan, cancellationToken);
        await using var empty = await IngestShop.StartAsync(context, cancellationToken);
        double bytes = await StoredPast.BytesAsync(full.Server.ConnectionString, cancellationToken);
        foreach (var shop in (IngestShop[])[full, empty]) await shop.WarmUpAsync(shop.SmallSteps(), cancellationToken);
        var sent = await StoredStep.ReadNewestAsync(full.Server.ConnectionString, cancellationToken);
        if (sent.Label.Length != LabelChars) throw new BenchException($"What was stored has labels of {LabelChars} letters, what is sent of {sent.Label.Length}.");
        foreach (var shop in (IngestShop[])[full, empty]) await shop.Server.CheckpointAsync(cancellationToken);
        var result = await Contest.RunAsync(
            "steps of 256 bytes", [s_rate, IngestMetrics.PerCpu, .. IngestMetrics.Cores],
            [
                new Competitor($"{count:N0} steps stored", ct => MeasureAsync(full, ct)),
                new Competitor("at the start", ct => MeasureAsync(empty, ct)),
            ],
            context.Rounds, context.Say, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}", ["gateways"] = $"{IngestShop.Gateways} of {IngestShop.Sites} sites", ["bytes of a step"] = $"{IngestShop.StepBytes}",
            ["steps stored"] = $"{count:N0}", ["seconds to store them"] = $"{filling.TotalSeconds:0}", ["bytes of a stored step on the disk"] = $"{bytes:N0}", ["PostgreSQL"] = full.Settings,
        };
        return context.Result(this, settings, result);
    }

    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(IngestShop shop, CancellationToken cancellationToken)
    {
        var (acknowledged, cpu) = await shop.MeasureAsync(shop.SmallSteps(), 0, cancellationToken);
        return IngestMetrics.Of(cpu, s_rate, acknowledged);
    }
}
