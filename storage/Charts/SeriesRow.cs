using Npgsql;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Series;

namespace StepCloud.Storage.Charts;

/// <summary>A stored series without its samples.</summary>
/// <param name="Started">The step, in microseconds since 1970.</param>
/// <param name="Summary">With its times in microseconds since 1970.</param>
/// <param name="Interval">The usual time between two samples, in microseconds.</param>
internal sealed record SeriesRow(StepId Step, DateTimeOffset Starts, long Started, string Unit, long Interval, bool IsThinned, SeriesSummary Summary)
{
    public const string Columns = """
        step_id, starts, unit, interval_us, samples IS NULL, sample_count, mean,
        first_time_us, first_value, last_time_us, last_value, min_time_us, min_value, max_time_us, max_value
        """;

    /// <summary>Samples that are further apart are not joined.</summary>
    public long GapMin { get; } = Interval == 0 ? long.MaxValue : Interval * ChartLines.IntervalsMax;

    public static SeriesRow Read(NpgsqlDataReader reader)
    {
        DateTimeOffset starts = reader.GetFieldValue<DateTimeOffset>(1);
        SeriesSummary sinceStart = new(
            reader.GetInt32(5), reader.GetDouble(6), reader.GetInt64(7), reader.GetDouble(8), reader.GetInt64(9), reader.GetDouble(10),
            reader.GetInt64(11), reader.GetDouble(12), reader.GetInt64(13), reader.GetDouble(14));
        long started = UnixMicroseconds.Of(starts) - sinceStart.FirstTime;
        return new SeriesRow(
            new StepId(reader.GetGuid(0)), starts, started, reader.GetString(2), reader.GetInt64(3), reader.GetBoolean(4), sinceStart.From(started));
    }
}
