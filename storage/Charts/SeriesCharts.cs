using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Charts;

/// <summary>Draws stored series. The organization must have been asked for before: a device is looked for by its id alone.</summary>
/// <remarks>
/// What lies in one pixel column needs no samples: a step's row tells of all of them, and of a long series a block's entry. So a chart reads the
/// rows of its steps, then the tables of blocks of those that a column's edge parts, then the blocks themselves that it parts: as much as it has
/// pixels, however many samples there are.
/// </remarks>
public sealed class SeriesCharts(StepCloudDatabase database)
{
    /// <summary>Samples lie within a year of their step's start, before it and after it.</summary>
    private static readonly TimeSpan SpanMax = TimeSpan.FromDays(2 * 366);

    public Task<ChartOutcome> DrawAsync(ChartRequest request, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            List<SeriesRow> rows = await FindRowsAsync(session, request, cancellationToken);
            if (rows.Count == 0 && !await IsKnownAsync(session, request, cancellationToken)) return new ChartOutcome.UnknownSeries();
            if (request.Unit is { } wanted) rows.RemoveAll(row => row.Unit != wanted);
            string[] units = [.. rows.Select(row => row.Unit).Distinct(StringComparer.Ordinal)];
            if (units.Length > 1) return new ChartOutcome.SeveralUnits(units);
            rows.RemoveAll(row => row.Summary.Count == 0);
            rows.Sort((a, b) => (a.Summary.FirstTime, a.Step.Value).CompareTo((b.Summary.FirstTime, b.Step.Value)));
            ChartReading reading = new(session, request, rows, cancellationToken);
            return await reading.DrawAsync(units.Length == 1 ? units[0] : request.Unit ?? "");
        },
        cancellationToken);

    private static async Task<List<SeriesRow>> FindRowsAsync(DatabaseSession session, ChartRequest request, CancellationToken cancellationToken)
    {
        if (request.Step is { } step)
        {
            return await session.ListAsync(
                new Sql($"SELECT {SeriesRow.Columns} FROM step_series WHERE step_id = $1 AND name = $2", step.Value, request.Series),
                SeriesRow.Read, cancellationToken);
        }

        // Short steps are near in time, and so are their ids: at most an hour beside, and what an id's time may be off. Long ones are few, and are
        // looked for as far back as there can be any.
        const string Select = $"""
            SELECT {SeriesRow.Columns} FROM step_series
            WHERE device_id = $1 AND name = $2 AND starts >= $3 AND starts < $4 AND starts + (last_time_us - first_time_us) * interval '1 microsecond' >= $5
            """;
        DateTimeOffset from = UnixMicroseconds.ToTime(request.From);
        DateTimeOffset to = UnixMicroseconds.ToTime(request.To);
        TimeSpan around = LongSteps.Min + LongSteps.Min + StepLimits.IdTimeToleranceMax;
        List<SeriesRow> rows = await session.ListAsync(
            new Sql(
                $"{Select} AND NOT is_long AND step_id >= $6 AND step_id < $7",
                request.Device.Value, request.Series, from - LongSteps.Min, to, from, StepId.Floor(from - around).Value, StepId.Floor(to + around).Value),
            SeriesRow.Read, cancellationToken);
        rows.AddRange(await session.ListAsync(
            new Sql(
                $"{Select} AND is_long AND step_id >= $6",
                request.Device.Value, request.Series, from - SpanMax, to, from,
                StepId.Floor(from - SpanMax - SpanMax - StepLimits.IdTimeToleranceMax).Value),
            SeriesRow.Read, cancellationToken));
        return rows;
    }

    private static Task<bool> IsKnownAsync(DatabaseSession session, ChartRequest request, CancellationToken cancellationToken) =>
        session.ScalarAsync<bool>(
            new Sql(
                "SELECT EXISTS (SELECT FROM step_series WHERE device_id = $1 AND name = $2 AND ($3::uuid IS NULL OR step_id = $3))",
                request.Device.Value, request.Series, request.Step?.Value),
            cancellationToken);
}
