using System.CommandLine;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Scenarios;

/// <summary>The bare brokers, one against the other: what taking, acknowledging and routing a message costs when nothing is done with it.</summary>
internal sealed class BrokerScenario : Scenario
{
    /// <summary>The compilers of .NET are done with the hot path after a few seconds of load; measuring begins after.</summary>
    private static readonly TimeSpan s_warmup = TimeSpan.FromSeconds(5);

    /// <summary>Windows fill, before each round.</summary>
    private static readonly TimeSpan s_leadIn = TimeSpan.FromMilliseconds(300);

    private static readonly Metric s_rate = new("messages_per_second", "messages/s", IsHeadline: true);
    private static readonly Metric s_ratePerCpu = new("messages_per_server_cpu_second", "messages per CPU s of the server", IsHeadline: true);
    private static readonly Metric s_delivered = new("delivered_per_second", "delivered/s");
    private static readonly Metric s_serverCores = new("server_cores", "server, cores", "0.00");
    private static readonly Metric s_loadCores = new("load_cores", "load, cores", "0.00");
    private static readonly Metric s_loadShare = new("load_share", "load's share of both", "P0");
    private static readonly Metric s_otherCores = new("other_cores", "others, cores", "0.00");

    private readonly Option<int> _publishers = Arguments.Number("--publishers", "Connections that publish.", 50, 1, 1000);
    private readonly Option<int> _payload = Arguments.Number("--payload", "Bytes of each message.", 256, 0, 65_536);
    private readonly Option<int> _inFlight = Arguments.Number("--in-flight", "Unacknowledged messages of each publisher at QoS 1, at most; an even number.", 20, 2, 1000);
    private readonly Option<bool> _subscriber = new("--subscriber") { Description = "One client subscribes to everything at QoS 0. Without it nobody does." };

    public override string Name => "broker";

    public override string Title => "Messages of the bare broker against Mosquitto's, by the second and by the processor's second";

    public override IReadOnlyList<Option> Options => [_publishers, _payload, _inFlight, _subscriber];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        var plan = new PublishPlan(
            context.Parsed.GetValue(_publishers), context.Parsed.GetValue(_payload), context.Parsed.GetValue(_inFlight) & ~1,
            QualityOfService.AtLeastOnce, WritesPacketByPacket: false, context.Parsed.GetValue(_subscriber));
        OpenFiles.Require((2 * plan.Publishers) + 200);
        string version = MosquittoBroker.Version();
        await using var ours = await StepCloudBroker.StartAsync(cancellationToken);
        await using var theirs = await MosquittoBroker.StartAsync(cancellationToken);
        List<CaseResult> cases = [];
        foreach (var (name, variant) in Variants(plan))
        {
            var round = new Round(variant, context);
            context.Say($"{name}: warming up ...");
            foreach (var broker in (Broker[])[ours, theirs]) await round.LoadAsync(broker, context.Quick ? s_warmup / 2 : s_warmup, cancellationToken);
            cases.Add(await Contest.RunAsync(
                name,
                [s_rate, s_ratePerCpu, .. plan.HasSubscriber ? (Metric[])[s_delivered] : [], s_serverCores, s_loadCores, s_loadShare, s_otherCores],
                [
                    new Competitor(StepCloudBroker.Name, ct => round.MeasureAsync(ours, ct)),
                    new Competitor(MosquittoBroker.Name, ct => round.MeasureAsync(theirs, ct)),
                ],
                context.Rounds, context.Say, cancellationToken));
        }

        var settings = new Dictionary<string, string>
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}",
            ["publishers"] = $"{plan.Publishers}",
            ["bytes of payload"] = $"{plan.PayloadBytes}",
            ["in flight"] = $"{plan.InFlight}",
            ["subscribers"] = plan.HasSubscriber ? "1" : "0",
            ["Mosquitto"] = version,
        };
        return context.Result(this, settings, cases);
    }

    private static (string Name, PublishPlan Plan)[] Variants(PublishPlan plan) =>
    [
        ("QoS 0", plan with { Qos = QualityOfService.AtMostOnce }),
        ("QoS 1", plan),
        ("QoS 1, a write each", plan with { WritesPacketByPacket = true }),
    ];

    private sealed class Round(PublishPlan plan, ScenarioContext context)
    {
        public async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(Broker broker, CancellationToken cancellationToken)
        {
            using var load = new PublishLoad(broker.EndPoint, plan);
            await load.LastAsync(s_leadIn, broker.Process, context.Time, cancellationToken);
            var meter = CpuMeter.Start(context.Time, broker.Process.Id);
            long answered = load.Answered;
            long delivered = load.Delivered;
            await load.LastAsync(context.RoundDuration, broker.Process, context.Time, cancellationToken);
            answered = load.Answered - answered;
            delivered = load.Delivered - delivered;
            var cpu = meter.Read();
            return new Dictionary<Metric, double>
            {
                [s_rate] = answered / cpu.Wall,
                [s_ratePerCpu] = answered / cpu.Server,
                [s_delivered] = delivered / cpu.Wall,
                [s_serverCores] = cpu.Server / cpu.Wall,
                [s_loadCores] = cpu.Own / cpu.Wall,
                [s_loadShare] = cpu.Own / (cpu.Own + cpu.Server),
                [s_otherCores] = cpu.Others / cpu.Wall,
            };
        }

        public async Task LoadAsync(Broker broker, TimeSpan duration, CancellationToken cancellationToken)
        {
            using var load = new PublishLoad(broker.EndPoint, plan);
            await load.LastAsync(duration, broker.Process, context.Time, cancellationToken);
        }
    }
}
