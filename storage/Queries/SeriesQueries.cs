using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>What is known of stored series without their samples.</summary>
public sealed class SeriesQueries(StepCloudDatabase database)
{
    internal const string Columns =
        """
        name, unit, kind, chart, sample_count, mean, first_time_us, first_value, last_time_us, last_value, min_time_us, min_value, max_time_us, max_value, p05, p50, p95, interval_us
        """;

    /// <summary>The series of a step, in the order in which it was sent.</summary>
    public Task<List<SeriesAggregates>> ListByStepAsync(StepId step, CancellationToken cancellationToken) => database.ListAsync(
        new Sql($"SELECT {Columns} FROM step_series WHERE step_id = $1 ORDER BY ordinal", step.Value), Read, cancellationToken);

    /// <summary>The names and units of all series that a device ever had.</summary>
    /// <remarks>Leaps from name to name in the index: as many looks as there are names, however many steps.</remarks>
    public Task<List<NamedSeries>> ListByDeviceAsync(DeviceId device, CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            """
            WITH RECURSIVE names AS (
                SELECT (SELECT min(name) FROM step_series WHERE device_id = $1) AS name
                UNION ALL
                SELECT (SELECT min(s.name) FROM step_series AS s WHERE s.device_id = $1 AND s.name > names.name) FROM names WHERE names.name IS NOT NULL)
            SELECT names.name, last.unit, last.kind, last.chart, last.starts
            FROM names CROSS JOIN LATERAL (
                SELECT unit, kind, chart, starts FROM step_series WHERE device_id = $1 AND name = names.name ORDER BY starts DESC LIMIT 1) AS last
            WHERE names.name IS NOT NULL ORDER BY names.name
            """,
            device.Value),
        row => new NamedSeries(
            row.GetString(0), row.GetString(1), (SeriesKind)row.GetInt16(2), (PreferredChart)row.GetInt16(3), row.GetFieldValue<DateTimeOffset>(4)),
        cancellationToken);

    /// <param name="row">Begins with <see cref="Columns"/>.</param>
    internal static SeriesAggregates Read(NpgsqlDataReader row)
    {
        int count = row.GetInt32(4);
        return new SeriesAggregates(
            row.GetString(0), row.GetString(1), (SeriesKind)row.GetInt16(2), (PreferredChart)row.GetInt16(3), count,
            count == 0 ? null : new SampleAggregates(
                row.GetInt64(6), row.GetDouble(7), row.GetInt64(8), row.GetDouble(9), row.GetInt64(10), row.GetDouble(11), row.GetInt64(12), row.GetDouble(13),
                row.GetDouble(5), row.GetDouble(14), row.GetDouble(15), row.GetDouble(16), row.GetInt64(17)));
    }
}

/// <param name="LastSeen">When its newest samples begin.</param>
public sealed record NamedSeries(string Name, string Unit, SeriesKind Kind, PreferredChart Chart, DateTimeOffset LastSeen);

/// <param name="Samples">Null for a series without any.</param>
public sealed record SeriesAggregates(string Name, string Unit, SeriesKind Kind, PreferredChart Chart, int SampleCount, SampleAggregates? Samples);

/// <summary>Times in microseconds since the step's start.</summary>
/// <param name="P05">The 5th percentile, by nearest rank.</param>
/// <param name="IntervalUs">The median time from one sample to the next; 0 for a single one.</param>
public sealed record SampleAggregates(
    long FirstTimeUs, double First, long LastTimeUs, double Last, long MinTimeUs, double Min, long MaxTimeUs, double Max,
    double Mean, double P05, double P50, double P95, long IntervalUs);
