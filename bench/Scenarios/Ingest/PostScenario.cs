using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>What the FastAPI system was measured with: a step with one series of 200 values and one log in each request, over 32 connections that stay open.</summary>
internal sealed class PostScenario : Scenario
{
    private const int Connections = 32, Samples = 200, StepBytes = 3900;

    /// <summary>Of that system with two processes, on two cores of this kind. It is not started again here.</summary>
    private const double FastApiPerSecond = 152;

    private static readonly TimeSpan s_leadIn = TimeSpan.FromSeconds(1);

    private static readonly Metric s_rate = new("requests_per_second", "requests/s", IsHeadline: true);
    private static readonly Metric s_times = new("times_fastapi", "times the FastAPI system", "N1");
    private static readonly Metric s_p50 = new("p50_milliseconds", "p50, ms", "N2");
    private static readonly Metric s_p99 = new("p99_milliseconds", "p99, ms", "N2");

    public override string Name => "ingest-http";

    public override string Title => "Steps over HTTP, one a request";

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        // All of it comes from one address, and a gateway sends more than one shop's would.
        ShopPlan plan = new(IngestShop.Gateways, IngestShop.Sites)
        {
            Settings = new Dictionary<string, string?> { ["Limits__AddressPerSecond"] = "1000000", ["Limits__GatewayPerSecond"] = "1000000" },
        };
        await using var shop = await IngestShop.StartAsync(context, plan, cancellationToken);
        context.Say("Warming up ...");
        using (var load = Load()) await load.LastAsync(context.WarmUp, cancellationToken);
        var result = await Contest.RunAsync(
            $"{Connections} connections", [s_rate, s_times, s_p50, s_p99, .. IngestMetrics.Cores], [new Competitor("StepCloud", MeasureAsync)], context.Rounds, context.Say, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}", ["gateways"] = $"{Connections} of {IngestShop.Sites} sites", ["bytes of a step"] = $"{StepBytes}",
            ["samples of a step"] = $"{Samples}", ["PostgreSQL"] = shop.Settings, ["the FastAPI system"] = $"{FastApiPerSecond}/s",
        };
        return context.Result(this, settings, result);

        HttpPostLoad Load()
        {
            StepTraffic traffic = new(
                shop.Server.Gateways, context.Time, context.Time.GetUtcNow(), static head => SampleStep.FinishWithLog(head, Samples, StepBytes, StepTraffic.HeadBytes));
            return new HttpPostLoad(shop.Server.Http, traffic, [.. shop.Server.Gateways.Select(static gateway => gateway.AccessToken)], Connections, context.Time);
        }

        async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(CancellationToken ct)
        {
            var since = context.Time.GetUtcNow();
            using var load = Load();
            await load.LastAsync(s_leadIn, ct);
            var meter = CpuMeter.Start(context.Time, shop.Server.Process.Id, shop.Server.DatabaseProcessId);
            long before = load.Answered;
            load.BeginRecording();
            await load.LastAsync(context.RoundDuration, ct);
            long answered = load.Answered - before;
            var cpu = meter.Read();
            var times = load.Stop();
            await shop.Steps.VerifyAsync(since, load.Answered, Samples, ct);
            return new Dictionary<Metric, double>(IngestMetrics.Of(cpu))
            {
                [s_rate] = answered / cpu.Wall, [s_times] = answered / cpu.Wall / FastApiPerSecond, [s_p50] = times[times.Count / 2], [s_p99] = times[times.Count * 99 / 100],
            };
        }
    }
}
