using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>The real server with its PostgreSQL and the gateways of some shops, which send steps as fast as they are acknowledged; every round is counted in the database.</summary>
internal sealed class IngestShop : IAsyncDisposable
{
    public const int Gateways = 50, Sites = 10, InFlight = 20, StepBytes = 256;

    /// <summary>Windows fill, before each round.</summary>
    private static readonly TimeSpan s_leadIn = TimeSpan.FromSeconds(1);

    private readonly ScenarioContext _context;

    private IngestShop(ShopServer server, string settings, ScenarioContext context)
    {
        Server = server;
        Settings = settings;
        _context = context;
        Steps = new DurableSteps(server.ConnectionString);
    }

    public ShopServer Server { get; }

    public DurableSteps Steps { get; }

    /// <summary>What the database said of its durability.</summary>
    public string Settings { get; }

    /// <exception cref="BenchException">A commit would not wait for the disk.</exception>
    public static async Task<IngestShop> StartAsync(ScenarioContext context, ShopPlan plan, CancellationToken cancellationToken)
    {
        context.Say($"Starting the server with {plan.Gateways:N0} gateways ...");
        var server = await ShopServer.StartAsync(Checkout.Program("api", "stepcloud"), plan, context.Time, cancellationToken);
        try
        {
            await using DurableSteps steps = new(server.ConnectionString);
            return new IngestShop(server, await steps.RequireDurableAsync(cancellationToken), context);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public static Task<IngestShop> StartAsync(ScenarioContext context, CancellationToken cancellationToken) =>
        StartAsync(context, new ShopPlan(Gateways, Sites), cancellationToken);

    public PublishPlan PlanOf(StepTraffic traffic, int inFlight = InFlight) =>
        new(Server.Gateways.Count, traffic.PayloadBytes, inFlight, QualityOfService.AtLeastOnce, WritesPacketByPacket: false, HasSubscriber: false) { Traffic = traffic };

    /// <summary>Steps of 256 bytes, the whole payload.</summary>
    public StepTraffic SmallSteps() => new(Server.Gateways, StepBytes, _context.Time);

    public async Task WarmUpAsync(StepTraffic traffic, CancellationToken cancellationToken)
    {
        _context.Say("Warming up ...");
        using PublishLoad load = new(Server.Mqtt, PlanOf(traffic));
        var lastThird = _context.WarmUp / 3;
        await load.LastAsync(_context.WarmUp - lastThird, Server.Process, _context.Time, cancellationToken);
        long before = load.Answered;
        await load.LastAsync(lastThird, Server.Process, _context.Time, cancellationToken);
        _context.Say($"Warm: {(load.Answered - before) / lastThird.TotalSeconds:N0} steps/s in the last {lastThird.TotalSeconds:0.#} s.");
    }

    /// <summary>A round at full speed.</summary>
    /// <param name="samplesEach">That a step has: they are counted too.</param>
    /// <returns>Steps acknowledged, and whose time it took.</returns>
    /// <exception cref="BenchException">Less was stored than was acknowledged.</exception>
    public async Task<(long Acknowledged, CpuUse Cpu)> MeasureAsync(StepTraffic traffic, int samplesEach, CancellationToken cancellationToken)
    {
        var since = _context.Time.GetUtcNow();
        (long Acknowledged, CpuUse Cpu) measured;
        long all;
        using (PublishLoad load = new(Server.Mqtt, PlanOf(traffic)))
        {
            await load.LastAsync(s_leadIn, Server.Process, _context.Time, cancellationToken);
            var meter = CpuMeter.Start(_context.Time, Server.Process.Id, Server.DatabaseProcessId);
            long before = load.Answered;
            await load.LastAsync(_context.RoundDuration, Server.Process, _context.Time, cancellationToken);
            all = load.Answered;
            measured = (all - before, meter.Read());
        }

        await Steps.VerifyAsync(since, all, samplesEach, cancellationToken);
        return measured;
    }

    public async ValueTask DisposeAsync()
    {
        await Steps.DisposeAsync();
        await Server.DisposeAsync();
    }
}
