using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>Small steps at full speed: the server, a broker that stores nothing, and a database that has no server.</summary>
internal sealed class StepsScenario : Scenario
{
    private static readonly Metric s_rate = new("acknowledged_per_second", "acknowledged/s", IsHeadline: true);

    public override string Name => "ingest-steps";

    public override string Title => "Steps of 256 bytes, acknowledged when they are on the disk";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        string version = MosquittoBroker.Version();
        await using var shop = await IngestShop.StartAsync(context, cancellationToken);
        await shop.WarmUpAsync(shop.SmallSteps(), cancellationToken);
        await using var bare = await BareContestant.StartAsync(shop, context, cancellationToken);
        var tried = await bare.FindBestAsync("PostgreSQL alone: which way is best", s_rate, 1, cancellationToken);
        await using var mosquitto = await MosquittoBroker.StartAsync(cancellationToken);
        var all = await Contest.RunAsync(
            "steps of 256 bytes", [s_rate, IngestMetrics.PerCpu, .. IngestMetrics.Cores],
            [
                new Competitor(StepCloudBroker.Name, ct => MeasureAsync(shop, ct)),
                new Competitor(MosquittoBroker.Name, ct => MeasureAsync(shop, mosquitto, context, ct)),
                new Competitor(BareContestant.Name, ct => bare.MeasureAsync(s_rate, 1, ct)),
            ],
            context.Rounds, context.Say, cancellationToken);
        string waits = await LookAsync(shop, context, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}", ["gateways"] = $"{IngestShop.Gateways} of {IngestShop.Sites} sites", ["in flight"] = $"{IngestShop.InFlight} each",
            ["bytes of a step"] = $"{IngestShop.StepBytes}", ["PostgreSQL"] = shop.Settings, ["PostgreSQL alone"] = bare.BestWay, ["Mosquitto"] = version,
            ["the server's writers in PostgreSQL, afterwards"] = waits,
        };
        return context.Result(
            this, settings,
            Contest.Against(all, "beside PostgreSQL alone", StepCloudBroker.Name, BareContestant.Name),
            Contest.Against(all, "beside Mosquitto, which stores nothing", StepCloudBroker.Name, MosquittoBroker.Name),
            tried);
    }

    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(IngestShop shop, CancellationToken cancellationToken)
    {
        var (acknowledged, cpu) = await shop.MeasureAsync(shop.SmallSteps(), 0, cancellationToken);
        return IngestMetrics.Of(cpu, s_rate, acknowledged);
    }

    /// <summary>The very same packets.</summary>
    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(IngestShop shop, MosquittoBroker broker, ScenarioContext context, CancellationToken cancellationToken)
    {
        using PublishLoad load = new(broker.EndPoint, shop.PlanOf(shop.SmallSteps()));
        await load.LastAsync(TimeSpan.FromSeconds(1), broker.Process, context.Time, cancellationToken);
        var meter = CpuMeter.Start(context.Time, broker.Process.Id);
        long before = load.Answered;
        await load.LastAsync(context.RoundDuration, broker.Process, context.Time, cancellationToken);
        long answered = load.Answered - before;
        var cpu = meter.Read();
        Dictionary<Metric, double> measured = IngestMetrics.Of(cpu, s_rate, answered);
        measured.Remove(IngestMetrics.DatabaseCores);
        return measured;
    }

    private static async Task<string> LookAsync(IngestShop shop, ScenarioContext context, CancellationToken cancellationToken)
    {
        context.Say("What the server's writers wait for ...");
        using PublishLoad load = new(shop.Server.Mqtt, shop.PlanOf(shop.SmallSteps()));
        string waits = await WriterWaits.LookAsync(shop.Server.ConnectionString, context.RoundDuration, context.Time, cancellationToken);
        await load.LastAsync(TimeSpan.Zero, shop.Server.Process, context.Time, cancellationToken);
        return waits;
    }
}
