using System.CommandLine;
using Npgsql;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Storage.Registry;

namespace StepCloud.Bench.Scenarios;

/// <summary>Reads over HTTP: devices, steps with more and more of them stored, and the search over a million devices.</summary>
internal sealed class HttpScenario : Scenario
{
    private const int StepDevices = 10;

    /// <summary>What is stored is made within this; a number of steps that would take longer is left out, and the page says so.</summary>
    private static readonly TimeSpan s_makingMax = TimeSpan.FromMinutes(8);

    private readonly Option<int> _devices = Arguments.Number("--devices", "Stored, a thousand for each organization.", 1_000_000, 10_000, 10_000_000);
    private readonly Option<int> _steps = Arguments.Number("--steps", "Stored at most.", 10_000_000, 1000, 100_000_000);

    public override string Name => "http";

    public override string Title => "Reading over HTTP";

    public override IReadOnlyList<Option> Options => [_devices, _steps];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        string version = Wrk.Version();
        int devices = context.Quick ? 20_000 : context.Parsed.GetValue(_devices);
        int steps = context.Quick ? 100_000 : context.Parsed.GetValue(_steps);
        await using var owner = await OwnServer.StartAsync(context.Time, cancellationToken);
        await using var connection = await owner.Service<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        long begun = context.Time.GetTimestamp();
        context.Say($"http: {devices:N0} devices are written ...");
        var own = await StoredDevices.MakeAsync(connection, owner.Organization.Value, devices, cancellationToken);
        var making = context.Time.GetElapsedTime(begun);
        await StoredSteps.MakePartitionsAsync(owner, context.Time, cancellationToken);
        await using var server = await ReaderProcess.StartAsync(owner, cancellationToken);
        var asking = await HttpAsking.BeginAsync(owner, server, connection, context, cancellationToken);

        List<CaseResult> cases = [await asking.DevicesAsync(own, cancellationToken)];
        cases.AddRange(await asking.SearchesAsync(cancellationToken));

        StoredSteps stored = new(owner.Service<NpgsqlDataSource>(), owner.Organization.Value, [.. own.Take(StepDevices)], context.Time.GetUtcNow());
        var (lists, older, lasts) = (new List<CompetitorResult>(), new List<CompetitorResult>(), new List<CompetitorResult>());
        TimeSpan perStep = TimeSpan.Zero;
        int most = 0;
        foreach (int count in (int[])[1000, 100_000, 1_000_000, 10_000_000])
        {
            if (count > steps || perStep * count > s_makingMax) break;
            begun = context.Time.GetTimestamp();
            context.Say($"http: {count:N0} steps are written ...");
            await stored.GrowToAsync(count, cancellationToken);
            making += context.Time.GetElapsedTime(begun);
            perStep = context.Time.GetElapsedTime(begun) / (count - most);
            most = count;
            lists.Add(await asking.StepListAsync(own.Take(StepDevices), $"{count:N0} stored", cancellationToken));
            older.Add(await asking.OlderPageAsync(own.Take(StepDevices), context.Time.GetUtcNow(), $"{count:N0} stored", cancellationToken));
            lasts.Add(await asking.LastStepAsync(own.Take(StepDevices), $"{count:N0} stored", HttpAsking.Connections, cancellationToken));
        }

        lasts.Add(await asking.LastStepAsync(own.Take(StepDevices), $"{most:N0} stored, 1 connection", 1, cancellationToken));

        cases.Add(new CaseResult("a page of 100 steps", HttpAsking.Metrics, null, lists));
        cases.Add(new CaseResult("any page of 100 steps of the year", HttpAsking.Metrics, null, older));
        cases.Add(new CaseResult("the last step of a device, whole", HttpAsking.Metrics, null, lasts));
        var plan = await owner.Service<RegistryStore>().ExplainAsync(Entities.Device, new RegistryFilter { Words = ["sn12"] }, 101, cancellationToken);
        Dictionary<string, string> settings = new()
        {
            ["seconds a round"] = $"{asking.RoundDuration.TotalSeconds}", ["connections"] = $"{HttpAsking.Connections}", ["devices"] = $"{devices}", ["steps at most"] = $"{most}",
            ["seconds to make what is stored"] = $"{making.TotalSeconds:0}", ["wrk"] = version, ["plan of the search"] = string.Join(", ", PlanNodes(plan)),
        };
        return context.Result(this, settings, cases);
    }

    /// <summary>What a plan reads, and how.</summary>
    private static IEnumerable<string> PlanNodes(IReadOnlyList<string> plan) => plan
        .Where(static line => line.Contains(" on ", StringComparison.Ordinal) && line.Contains("Scan", StringComparison.Ordinal) && !line.Contains("CTE", StringComparison.Ordinal))
        .Select(static line => line.TrimStart('-', '>', ' ')).Distinct();
}
