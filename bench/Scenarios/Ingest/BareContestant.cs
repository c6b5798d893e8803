using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Load.Bare;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>PostgreSQL alone, in a cluster of its own, taking the rows that the server writes; the best of some ways is found first, and is the competitor.</summary>
internal sealed class BareContestant : IAsyncDisposable
{
    public const string Name = "PostgreSQL alone";

    private static readonly TimeSpan s_leadIn = TimeSpan.FromSeconds(1);

    private readonly BareDatabase _database;
    private readonly DurableSteps _steps;
    private readonly StoredStep _step;
    private readonly IReadOnlyList<BareDevice> _devices;
    private readonly ScenarioContext _context;
    private BarePlan? _best;

    private BareContestant(BareDatabase database, StoredStep step, ScenarioContext context)
    {
        _database = database;
        _steps = new DurableSteps(database.ConnectionString);
        _step = step;
        _context = context;
        Guid organization = NewId();
        Guid[] sites = [.. Enumerable.Range(0, IngestShop.Sites).Select(_ => NewId())];
        _devices = [.. Enumerable.Range(0, IngestShop.Gateways).Select(i => new BareDevice(organization, sites[i % sites.Length], NewId(), NewId()))];

        Guid NewId() => Guid.CreateVersion7(context.Time.GetUtcNow());
    }

    /// <summary>Of a step's samples, as they are stored.</summary>
    public int PackedBytes => _step.Series.Sum(static series => series.Samples.Length);

    public string BestWay => _best?.Name ?? "";

    /// <param name="shop">Has stored such a step already.</param>
    public static async Task<BareContestant> StartAsync(IngestShop shop, ScenarioContext context, CancellationToken cancellationToken)
    {
        context.Say("Starting PostgreSQL alone ...");
        var step = await StoredStep.ReadNewestAsync(shop.Server.ConnectionString, cancellationToken);
        BareContestant contestant = new(await BareDatabase.StartAsync(context.Time, cancellationToken), step, context);
        try
        {
            await contestant._steps.RequireDurableAsync(cancellationToken);
            return contestant;
        }
        catch
        {
            await contestant.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tries all ways, in turn, and keeps to the best.</summary>
    /// <param name="rate">Headline; rows of steps, times what a step counts for it.</param>
    public async Task<CaseResult> FindBestAsync(string name, Metric rate, double each, CancellationToken cancellationToken)
    {
        List<BarePlan> plans = [.. BarePlan.All(_context.Quick)];
        // What .NET compiles of the load is not the way's.
        foreach (var plan in plans.DistinctBy(static plan => plan.Way)) await MeasureAsync(plan, rate, each, cancellationToken);
        var tried = await Contest.RunAsync(
            name, [rate, IngestMetrics.PerCpu, .. IngestMetrics.Cores], [.. plans.Select(plan => new Competitor(plan.Name, ct => MeasureAsync(plan, rate, each, ct)))],
            _context.Quick ? 1 : 2, _context.Say, cancellationToken, hasReference: false);
        _best = plans.MaxBy(plan => tried.Competitors.First(competitor => competitor.Name == plan.Name).Figures[rate.Key].Summary.Median);
        return tried;
    }

    public Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(Metric rate, double each, CancellationToken cancellationToken) => MeasureAsync(_best!, rate, each, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _steps.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(BarePlan plan, Metric rate, double each, CancellationToken cancellationToken)
    {
        var since = _context.Time.GetUtcNow();
        Dictionary<Metric, double> measured;
        long all;
        using (BareLoad load = new(_database.ConnectionString, _step, _devices, plan, _context.Time))
        {
            await load.LastAsync(s_leadIn, _context.Time, cancellationToken);
            var meter = CpuMeter.Start(_context.Time, null, _database.ProcessId);
            long before = load.Committed;
            await load.LastAsync(_context.RoundDuration, _context.Time, cancellationToken);
            all = load.Committed;
            var cpu = meter.Read();
            measured = IngestMetrics.Of(cpu, rate, (all - before) * each);
            measured.Remove(IngestMetrics.ServerCores);
        }

        await _steps.VerifyAsync(since, all, _step.SampleCount, cancellationToken);
        return measured;
    }
}
