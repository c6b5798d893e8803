using System.Net.Http.Headers;
using Npgsql;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Contracts.Ids;

namespace StepCloud.Bench.Scenarios;

/// <summary>The requests of <see cref="HttpScenario"/>, with the token of a user or of an administrator, and what they cost.</summary>
internal sealed class HttpAsking
{
    public const int Connections = 32;

    /// <summary>Long enough for the compiler's second look at the hot path.</summary>
    private static readonly TimeSpan s_warmup = TimeSpan.FromSeconds(3);

    private static readonly Metric s_rate = new("requests_per_second", "requests/s", IsHeadline: true);
    private static readonly Metric s_aimedRate = new("aimed_requests_per_second", "aim, requests/s");
    private static readonly Metric s_timesBaseline = new("times_fastapi", "times the FastAPI system", "N0");
    private static readonly Metric s_p50 = new("p50_milliseconds", "p50, ms", "N2");
    private static readonly Metric s_p99 = new("p99_milliseconds", "p99, ms", "N2", IsHeadline: true);
    private static readonly Metric s_aimedP99 = new("aimed_p99_milliseconds", "aim, p99 ms");
    private static readonly Metric s_serverCpu = new("server_cpu_microseconds", "CPU of the server, us a request");
    private static readonly Metric s_databaseCpu = new("database_cpu_microseconds", "CPU of PostgreSQL, us a request");
    private static readonly Metric s_bytes = new("bytes", "bytes an answer");

    public static readonly IReadOnlyList<Metric> Metrics = [s_rate, s_aimedRate, s_timesBaseline, s_p50, s_p99, s_aimedP99, s_serverCpu, s_databaseCpu, s_bytes];

    private readonly ReaderProcess _server;
    private readonly ScenarioContext _context;
    private readonly string _user;
    private readonly string _administrator;
    private readonly int _postmaster;

    private HttpAsking(ReaderProcess server, ScenarioContext context, string user, string administrator, int postmaster)
    {
        _server = server;
        _context = context;
        _user = user;
        _administrator = administrator;
        _postmaster = postmaster;
    }

    /// <summary>Shorter than others: there are many cases.</summary>
    public TimeSpan RoundDuration => TimeSpan.FromSeconds(Math.Min(2, _context.RoundDuration.TotalSeconds));

    public static async Task<HttpAsking> BeginAsync(
        OwnServer owner, ReaderProcess server, NpgsqlConnection connection, ScenarioContext context, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = owner.Address };
        string user = await owner.SignInAsync(http, OwnServer.Email, cancellationToken);
        string administrator = await owner.SignInAsync(http, OwnServer.AdministratorEmail, cancellationToken);
        return new HttpAsking(server, context, user, administrator, ProcessStatus.Parent(connection.ProcessID));
    }

    public async Task<CaseResult> DevicesAsync(IReadOnlyList<Guid> own, CancellationToken cancellationToken)
    {
        string[] ids = [.. own.Take(100).Select(static id => $"{id}")];
        return new CaseResult("devices", Metrics, null,
        [
            await AskAsync("one, as a user", [.. ids.Select(static id => $"/api/v1/devices/{id}")], Connections, [], cancellationToken),
            await AskAsync("a page of 100, as a user", ["/api/v1/devices?limit=100"], Connections, [], cancellationToken),
            await AskAsync("one, as an administrator", [.. ids.Select(static id => $"/admin/api/v1/devices/{id}")], Connections, [], cancellationToken),
            await AskAsync("a page of 100, as an administrator", ["/admin/api/v1/devices?limit=100"], Connections, [], cancellationToken),
        ]);
    }

    /// <summary>By one connection: how long one waits who searches.</summary>
    public async Task<IReadOnlyList<CaseResult>> SearchesAsync(CancellationToken cancellationToken)
    {
        List<CompetitorResult> all = [], own = [];
        foreach ((string kind, var searches) in SearchWords.Kinds)
        {
            all.Add(await AskAsync(kind, [.. searches.Select(static words => $"/admin/api/v1/devices?limit=100&q={words.Replace(' ', '+')}")], 1, AimedP99(50), cancellationToken));
            own.Add(await AskAsync(kind, [.. searches.Select(static words => $"/api/v1/devices?limit=100&q={words.Replace(' ', '+')}")], 1, AimedP99(50), cancellationToken));
        }

        return [new CaseResult("search over all organizations", Metrics, null, all), new CaseResult("search in the own organization", Metrics, null, own)];
    }

    /// <summary>A hundred times what the FastAPI system did: 66 a second with 1,000 steps stored.</summary>
    public Task<CompetitorResult> StepListAsync(IEnumerable<Guid> devices, string name, CancellationToken cancellationToken) => AskAsync(
        name, [.. devices.Select(static id => $"/api/v1/devices/{id}/steps?limit=100")], Connections, Baseline(66, 100), cancellationToken);

    /// <summary>Pages that nobody has asked for before, of which nothing is kept: a thousand of them, all over the year.</summary>
    public Task<CompetitorResult> OlderPageAsync(IEnumerable<Guid> devices, DateTimeOffset end, string name, CancellationToken cancellationToken) => AskAsync(
        name,
        [
            .. from part in Enumerable.Range(1, 100)
               from id in devices
               select $"/api/v1/devices/{id}/steps?limit=100&before={StepId.Floor(end - (TimeSpan.FromDays(365) * part / 101))}",
        ],
        Connections, [], cancellationToken);

    /// <summary>A thousand times what the FastAPI system did: 7.5 a second with 1,000 steps stored.</summary>
    public Task<CompetitorResult> LastStepAsync(IEnumerable<Guid> devices, string name, int connections, CancellationToken cancellationToken) => AskAsync(
        name, [.. devices.Select(static id => $"/api/v1/devices/{id}/steps/last")], connections,
        connections == 1 ? AimedP99(5) : Baseline(7.5, 1000), cancellationToken);

    private static Dictionary<Metric, Func<double, double>> AimedP99(double milliseconds) => new() { [s_aimedP99] = _ => milliseconds };

    private static Dictionary<Metric, Func<double, double>> Baseline(double perSecond, double times) => new()
    {
        [s_aimedRate] = _ => perSecond * times, [s_timesBaseline] = rate => rate / perSecond,
    };

    /// <param name="aims">Further figures, which follow from the requests per second.</param>
    private async Task<CompetitorResult> AskAsync(
        string name, IReadOnlyList<string> paths, int connections, Dictionary<Metric, Func<double, double>> aims, CancellationToken cancellationToken)
    {
        string token = paths[0].StartsWith("/admin", StringComparison.Ordinal) ? _administrator : _user;
        // The first of its kind, which is compiled meanwhile, has all the time it takes.
        using (var http = new HttpClient { BaseAddress = _server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } })
        using (var first = await http.GetAsync(paths[0], cancellationToken))
        {
            if (!first.IsSuccessStatusCode) throw new BenchException($"{paths[0]} was answered {(int)first.StatusCode}.");
        }

        var warmup = connections == 1 ? TimeSpan.FromSeconds(1) : s_warmup;
        await Wrk.RunAsync(_server.Address, token, paths, connections, warmup, cancellationToken);
        var result = await Contest.RunAsync(paths[0].Split('?')[0], Metrics, [new Competitor(name, MeasureAsync)], _context.Rounds, _context.Say, cancellationToken);
        _server.Process.ThrowIfEnded();
        return result.Competitors[0];

        async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(CancellationToken ct)
        {
            var meter = CpuMeter.Start(_context.Time, _server.Process.Id);
            var database = ProcessStatus.CpuTimeOfChildren(_postmaster);
            var run = await Wrk.RunAsync(_server.Address, token, paths, connections, RoundDuration, ct);
            if (run.Requests == 0) throw new BenchException($"Not one request such as {paths[0]} was answered within a round.");
            var values = new Dictionary<Metric, double>
            {
                [s_rate] = run.PerSecond,
                [s_p50] = run.P50 / 1000.0,
                [s_p99] = run.P99 / 1000.0,
                [s_serverCpu] = meter.Read().Server * 1e6 / run.Requests,
                [s_databaseCpu] = (ProcessStatus.CpuTimeOfChildren(_postmaster) - database).TotalMicroseconds / run.Requests,
                [s_bytes] = (double)run.Bytes / run.Requests,
            };
            foreach ((var metric, var value) in aims) values[metric] = value(run.PerSecond);
            return values;
        }
    }
}
