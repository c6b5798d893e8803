using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>A thousand gateways come back after a day without the server, all at once: whether one of them starves, and what it takes of memory.</summary>
internal sealed class BacklogScenario : Scenario
{
    private const int Gateways = 1000, Sites = 100;

    /// <summary>A line of five machines, of which each finishes a step every seven minutes around the clock.</summary>
    private const int StepsEach = 1000;

    private const int QuickLess = 20;

    /// <summary>Those that send before, so that code which is compiled once is not counted as the back-log's memory.</summary>
    private const int WarmupGateways = 50;

    private static readonly TimeSpan s_warmup = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_everyLook = TimeSpan.FromMilliseconds(100);

    private static readonly Metric s_unfairness = new("slowest_to_median", "slowest gateway to the median one", "0.00", IsHeadline: true);
    private static readonly Metric s_median = new("median_seconds", "median gateway through after, s", "0.0");
    private static readonly Metric s_slowest = new("slowest_seconds", "slowest, s", "0.0");
    private static readonly Metric s_rate = new("acknowledged_per_second", "acknowledged/s");
    private static readonly Metric s_before = new("resident_mebibytes_before", "RSS before, MiB", "N0");
    private static readonly Metric s_greatest = new("resident_mebibytes_greatest", "RSS at its greatest, MiB", "N0", IsHeadline: true);
    private static readonly Metric s_after = new("resident_mebibytes_after", "RSS after, MiB", "N0");
    private static readonly Metric s_afterSecond = new("resident_mebibytes_after_second", "RSS after a second time, MiB", "N0");

    public override string Name => "ingest-backlog";

    public override string Title => "A day's back-log of a thousand gateways at once";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        OpenFiles.Require(Gateways + 500);
        int steps = context.Quick ? StepsEach / QuickLess : StepsEach;
        await using var shop = await IngestShop.StartAsync(context, new ShopPlan(Gateways, Sites), cancellationToken);
        var result = await Contest.RunAsync(
            $"{steps} steps each", [s_unfairness, s_median, s_slowest, s_rate, s_before, s_greatest, s_after, s_afterSecond, .. IngestMetrics.Cores],
            [new Competitor("StepCloud", ct => MeasureAsync(shop, steps, context, ct))], context.Rounds, context.Say, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["gateways"] = $"{Gateways} of {Sites} sites", ["steps of a gateway"] = $"{steps}", ["in flight"] = $"{IngestShop.InFlight} each", ["bytes of a step"] = $"{IngestShop.StepBytes}",
            ["PostgreSQL"] = shop.Settings,
        };
        return context.Result(this, settings, result);
    }

    /// <summary>In a process that is new each round: memory that was once had is seldom given back. Twice in it, because only the second time shows whether it grows.</summary>
    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(IngestShop shop, int steps, ScenarioContext context, CancellationToken cancellationToken)
    {
        await shop.Server.RestartAsync(cancellationToken);
        using (PublishLoad load = new(shop.Server.Mqtt, shop.PlanOf(shop.SmallSteps()) with { Publishers = WarmupGateways }))
            await load.LastAsync(s_warmup, shop.Server.Process, context.Time, cancellationToken);
        var first = await ReplayAsync(shop, steps, context, cancellationToken);
        var second = await ReplayAsync(shop, steps, context, cancellationToken);
        return new Dictionary<Metric, double>(IngestMetrics.Of(first.Cpu))
        {
            [s_unfairness] = Math.Max(first.Unfairness, second.Unfairness), [s_median] = first.Median, [s_slowest] = first.Slowest,
            [s_rate] = (long)steps * shop.Server.Gateways.Count / first.Slowest,
            [s_before] = Mebibytes(first.Before), [s_greatest] = Mebibytes(Math.Max(first.Greatest, second.Greatest)),
            [s_after] = Mebibytes(first.After), [s_afterSecond] = Mebibytes(second.After),
        };
    }

    private static async Task<Replay> ReplayAsync(IngestShop shop, int steps, ScenarioContext context, CancellationToken cancellationToken)
    {
        BacklogTraffic traffic = new(shop.Server.Gateways, steps, IngestShop.StepBytes, context.Time);
        context.Say($"{shop.Server.Gateways.Count:N0} gateways connect ...");
        using BacklogLoad backlog = new(shop.Server.Mqtt, shop.PlanOf(traffic) with { MessagesEach = steps }, context.Time, cancellationToken);
        await Task.Delay(s_settling, context.Time, cancellationToken);
        // What was on its way before is counted, and cannot stand for something that is lost.
        var (stored, _) = await shop.Steps.CountAsync(traffic.Begin, cancellationToken);

        int server = shop.Server.Process.Id;
        long before = ProcessStatus.ResidentBytes(server), greatest = before;
        var meter = CpuMeter.Start(context.Time, server, shop.Server.DatabaseProcessId);
        var replay = Task.Factory.StartNew(() => backlog.Run(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        do
        {
            shop.Server.Process.ThrowIfEnded();
            greatest = Math.Max(greatest, ProcessStatus.ResidentBytes(server));
        }
        while (await Task.WhenAny(replay, Task.Delay(s_everyLook, context.Time, cancellationToken)) != replay);
        var done = await replay;
        var cpu = meter.Read();
        await Task.Delay(s_settling, context.Time, cancellationToken);
        long after = ProcessStatus.ResidentBytes(server);
        await shop.Steps.VerifyAsync(traffic.Begin, stored + ((long)steps * shop.Server.Gateways.Count), 0, cancellationToken);
        return new Replay(Summary.MedianOf(done), done[^1], before, Math.Max(greatest, after), after, cpu);
    }

    private static double Mebibytes(long bytes) => bytes / 1024.0 / 1024;

    /// <summary>Times in seconds, memory in bytes.</summary>
    private sealed record Replay(double Median, double Slowest, long Before, long Greatest, long After, CpuUse Cpu)
    {
        public double Unfairness => Slowest / Median;
    }
}
