using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Load;
using StepCloud.Bench.Processes;
using StepCloud.Contracts.Ids;

namespace StepCloud.Bench.Scenarios;

/// <summary>Charts of a device with a hundred million samples in a year, and what a sample takes on the disk, beside a plain table of samples.</summary>
internal sealed class SeriesScenario : Scenario
{
    /// <summary>The plain table has so many times fewer: a hundred million rows are 15 GB, and minutes for each chart.</summary>
    private const int NarrowLess = 10;

    private const int Width = 1000;
    private const int DeviceCount = 1000;

    private static readonly Metric s_time = new("median_milliseconds", "p50, ms", "N1", IsHeadline: true);
    private static readonly Metric s_aim = new("aimed_milliseconds", "aim, ms");
    private static readonly Metric s_points = new("points", "points");
    private static readonly Metric s_bytes = new("bytes_per_sample", "bytes a sample", "N2", IsHeadline: true);
    private static readonly Metric s_rate = new("samples_per_second", "samples/s to store");

    private readonly Option<int> _samples = Arguments.Number("--samples", "Stored for the device.", 100_000_000, 1_000_000, 1_000_000_000);

    public override string Name => "series";

    public override string Title => "Charts of a year, and bytes of a sample";

    public override IReadOnlyList<Option> Options => [_samples];

    public override async Task<ScenarioResult> RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        long samples = context.Quick ? 1_000_000 : context.Parsed.GetValue(_samples);
        await using var server = await OwnServer.StartAsync(context.Time, cancellationToken);
        await using var connection = await server.Service<NpgsqlDataSource>().OpenConnectionAsync(cancellationToken);
        var device = (await StoredDevices.MakeAsync(connection, server.Organization.Value, DeviceCount, cancellationToken))[0];
        await StoredSteps.MakePartitionsAsync(server, context.Time, cancellationToken);
        RecordedYear year = new(await OriginAsync(connection, device, cancellationToken), new DeviceId(device), context.Time.GetUtcNow(), samples);

        long begun = context.Time.GetTimestamp();
        await year.StoreAsync(server.Service<IEventStore>(), context.Say, cancellationToken);
        double rate = samples / context.Time.GetElapsedTime(begun).TotalSeconds;
        await StoredDevices.RunAsync(connection, "VACUUM (ANALYZE) step_event, step_series, step_log", cancellationToken);
        context.Say($"series: {samples / NarrowLess:N0} rows of a plain table are written ...");
        NarrowTable narrow = new(connection, samples / NarrowLess, year.Start, RecordedYear.Length);
        await narrow.MakeAsync(cancellationToken);

        using HttpClient http = new() { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await server.SignInAsync(http, OwnServer.Email, cancellationToken));
        List<CaseResult> cases = [];
        foreach ((string what, TimeSpan length, double aim) in ((string, TimeSpan, double)[])[("the year", RecordedYear.Length, 300), ("a day", TimeSpan.FromDays(1), 30)])
        {
            var from = year.Start + ((RecordedYear.Length - length) / 2);
            cases.Add(await Contest.RunAsync(
                $"a chart of {what}, {Width} pixels",
                [s_time, s_aim, s_points],
                [
                    new Competitor($"StepCloud, {samples:N0} samples", ct => MeasureAsync(context, aim, () => DrawAsync(http, device, from, from + length, ct))),
                    new Competitor($"a plain table, {samples / NarrowLess:N0} rows", ct => MeasureAsync(context, null, () => narrow.ChartAsync(from, from + length, Width, ct))),
                ],
                context.Rounds, context.Say, cancellationToken));
        }

        double ours = await BytesAsync(connection, samples, cancellationToken), plain = await narrow.BytesPerSampleAsync(cancellationToken);
        cases.Add(await Contest.RunAsync(
            "on the disk, indices and rows included",
            [s_bytes, s_rate],
            [
                new Competitor("StepCloud", _ => Result(new() { [s_bytes] = ours, [s_rate] = rate })),
                new Competitor("a plain table", _ => Result(new() { [s_bytes] = plain })),
            ],
            1, context.Say, cancellationToken));
        Dictionary<string, string> settings = new() { ["seconds a round"] = $"{context.RoundDuration.TotalSeconds}", ["samples a step"] = $"{RecordedYear.SamplesPerStep}", ["aim, bytes a sample"] = "4" };
        return context.Result(this, settings, cases);
    }

    /// <summary>One after the other for the length of a round; the first is not counted.</summary>
    private static async Task<IReadOnlyDictionary<Metric, double>> MeasureAsync(ScenarioContext context, double? aim, Func<Task<int>> draw)
    {
        int points = await draw();
        List<double> times = [];
        long begun = context.Time.GetTimestamp();
        do
        {
            long start = context.Time.GetTimestamp();
            await draw();
            times.Add(context.Time.GetElapsedTime(start).TotalMilliseconds);
        }
        while (context.Time.GetElapsedTime(begun) < context.RoundDuration);
        Dictionary<Metric, double> figures = new() { [s_time] = Summary.MedianOf(times), [s_points] = points };
        if (aim is { } value) figures[s_aim] = value;
        return figures;
    }

    private static async Task<int> DrawAsync(HttpClient http, Guid device, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        string path = string.Create(
            CultureInfo.InvariantCulture,
            $"/api/v1/devices/{device}/chart?series={RecordedYear.Series}&width={Width}&from={from.UtcDateTime:O}&to={to.UtcDateTime:O}");
        byte[] answer = await http.GetByteArrayAsync(path, cancellationToken);
        int points = JsonNode.Parse(answer)!["values"]!.AsArray().Count;
        return points > 0 ? points : throw new BenchException("The chart is empty.");
    }

    /// <summary>All that the steps take, but for what the empty partitions take.</summary>
    private static async Task<double> BytesAsync(NpgsqlConnection connection, long samples, CancellationToken cancellationToken) =>
        (long)(await StoredDevices.ScalarAsync(connection, """
            SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits
            WHERE inhparent IN ('step_event'::regclass, 'step_series'::regclass, 'step_log'::regclass)
            """, cancellationToken))! / (double)samples;

    private static async Task<StepOrigin> OriginAsync(NpgsqlConnection connection, Guid device, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new($"SELECT organization_id, site_id, gateway_id FROM device WHERE id = '{device}'", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new StepOrigin(new OrganizationId(reader.GetGuid(0)), new SiteId(reader.GetGuid(1)), new GatewayId(reader.GetGuid(2)));
    }

    private static Task<IReadOnlyDictionary<Metric, double>> Result(Dictionary<Metric, double> figures) => Task.FromResult<IReadOnlyDictionary<Metric, double>>(figures);
}
