using System.CommandLine;
using Npgsql;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Scenarios;

/// <summary>What the actors cost as grains of Orleans: the same steps, sent to a cluster of one node and to the single process.</summary>
internal sealed class ClusterScenario : Scenario
{
    private static readonly TimeSpan s_warmup = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_leadIn = TimeSpan.FromSeconds(1);

    private static readonly Metric s_rate = new("steps_per_second", "steps/s", IsHeadline: true);
    private static readonly Metric s_ratePerCpu = new("steps_per_server_cpu_second", "steps per CPU s of the server", IsHeadline: true);
    private static readonly Metric s_ratePerAllCpu = new("steps_per_cpu_second", "steps per CPU s of server and PostgreSQL", IsHeadline: true);
    private static readonly Metric s_serverCores = new("server_cores", "server, cores", "0.00");
    private static readonly Metric s_databaseCores = new("database_cores", "PostgreSQL, cores", "0.00");
    private static readonly Metric s_loadCores = new("load_cores", "load, cores", "0.00");
    private static readonly Metric s_otherCores = new("other_cores", "others, cores", "0.00");

    private readonly Option<int> _gateways = Arguments.Number("--gateways", "Gateways that send steps.", 50, 1, 500);
    private readonly Option<int> _stepBytes = Arguments.Number("--step-bytes", "Bytes of each step's message.", 256, 200, 65_536);

    public override string Name => "cluster";

    public override string Title => "Durable steps of a cluster's only node against those of the single process";

    public override IReadOnlyList<Option> Options => [_gateways, _stepBytes];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        int gateways = context.Parsed.GetValue(_gateways), bytes = context.Parsed.GetValue(_stepBytes);
        context.Say("Starting both servers ...");
        await using var silo = await ShopServer.StartAsync(Checkout.Program("silo", "stepcloud-silo"), new ShopPlan(gateways), context.Time, cancellationToken);
        await using var single = await ShopServer.StartAsync(Checkout.Program("api", "stepcloud"), new ShopPlan(gateways), context.Time, cancellationToken);
        List<CaseResult> cases = [];
        foreach (int inFlight in (int[])[20, 2])
        {
            string name = $"{bytes} bytes, {inFlight} in flight";
            Round round = new(bytes, inFlight, context);
            context.Say($"{name}: warming up ...");
            foreach (var server in (ShopServer[])[silo, single]) await round.LoadAsync(server, context.Quick ? s_warmup / 5 : s_warmup, cancellationToken);
            cases.Add(await Contest.RunAsync(
                name, [s_rate, s_ratePerCpu, s_ratePerAllCpu, s_serverCores, s_databaseCores, s_loadCores, s_otherCores],
                [
                    new Competitor("a cluster of one node", ct => round.MeasureAsync(silo, ct)),
                    new Competitor("the single process", ct => round.MeasureAsync(single, ct)),
                ],
                context.Rounds, context.Say, cancellationToken));
        }

        return context.Result(this, new Dictionary<string, string>
        {
            ["seconds a round"] = $"{context.RoundDuration.TotalSeconds:0.#}", ["gateways"] = $"{gateways}", ["bytes of a step"] = $"{bytes}",
        }, cases);
    }

    private sealed class Round(int bytes, int inFlight, ScenarioContext context)
    {
        public async Task LoadAsync(ShopServer server, TimeSpan duration, CancellationToken cancellationToken)
        {
            using PublishLoad load = new(server.Mqtt, PlanOf(server));
            await load.LastAsync(duration, server.Process, context.Time, cancellationToken);
        }

        public async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(ShopServer server, CancellationToken cancellationToken)
        {
            long before = await CountAsync(server, cancellationToken), all;
            IReadOnlyDictionary<Metric, double> measured;
            using (PublishLoad load = new(server.Mqtt, PlanOf(server)))
            {
                await load.LastAsync(s_leadIn, server.Process, context.Time, cancellationToken);
                var meter = CpuMeter.Start(context.Time, server.Process.Id, server.DatabaseProcessId);
                long answered = load.Answered;
                await load.LastAsync(context.RoundDuration, server.Process, context.Time, cancellationToken);
                all = load.Answered;
                answered = all - answered;
                var cpu = meter.Read();
                measured = new Dictionary<Metric, double>
                {
                    [s_rate] = answered / cpu.Wall,
                    [s_ratePerCpu] = answered / cpu.Server,
                    [s_ratePerAllCpu] = answered / (cpu.Server + cpu.Database),
                    [s_serverCores] = cpu.Server / cpu.Wall,
                    [s_databaseCores] = cpu.Database / cpu.Wall,
                    [s_loadCores] = cpu.Own / cpu.Wall,
                    [s_otherCores] = cpu.Others / cpu.Wall,
                };
            }

            // What was acknowledged is there. More may be: what was on its way when the round ended.
            long stored = await CountAsync(server, cancellationToken) - before;
            return stored >= all ? measured : throw new BenchException($"{all} steps were acknowledged and {stored} are stored; refused, if any: {await RefusalAsync(server, cancellationToken)}");
        }

        private PublishPlan PlanOf(ShopServer server) =>
            new(server.Gateways.Count, bytes, inFlight, QualityOfService.AtLeastOnce, WritesPacketByPacket: false, HasSubscriber: false) { Traffic = new StepTraffic(server.Gateways, bytes, context.Time) };

        private static async Task<long> CountAsync(ShopServer server, CancellationToken cancellationToken) =>
            (long)(await ScalarAsync(server, "SELECT count(*) FROM step_event", cancellationToken))!;

        private static Task<object?> RefusalAsync(ShopServer server, CancellationToken cancellationToken) =>
            ScalarAsync(server, "SELECT reasons::text FROM rejected_message LIMIT 1", cancellationToken);

        private static async Task<object?> ScalarAsync(ShopServer server, string sql, CancellationToken cancellationToken)
        {
            await using var source = NpgsqlDataSource.Create(server.ConnectionString);
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }
}
