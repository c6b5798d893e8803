using System.Text.Json;
using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Workflows;

/// <summary>What is known of the series of a job's steps without their samples, ready to be written into a record.</summary>
internal static class BatchRecordSeries
{
    private static readonly string[] Statistics = ["first", "last", "min", "max", "mean", "p05", "p50", "p95"];

    public static async Task<Dictionary<Guid, List<Action<Utf8JsonWriter>>>> ReadAsync(DatabaseSession session, JobId job, CancellationToken cancellationToken)
    {
        Dictionary<Guid, List<Action<Utf8JsonWriter>>> series = [];
        await session.ForEachAsync(
            new Sql(
                """
                SELECT r.step_id, r.name, r.unit, r.kind, r.sample_count, r.first_value, r.last_value, r.min_value, r.max_value, r.mean, r.p05, r.p50, r.p95
                FROM job_step AS s JOIN step_series AS r ON r.step_id = s.step_id WHERE s.job_id = $1 ORDER BY r.step_id, r.ordinal
                """,
                job.Value),
            row =>
            {
                if (!series.TryGetValue(row.GetGuid(0), out List<Action<Utf8JsonWriter>>? of)) series[row.GetGuid(0)] = of = [];
                of.Add(SeriesOf(row));
            },
            cancellationToken);
        return series;
    }

    private static Action<Utf8JsonWriter> SeriesOf(NpgsqlDataReader row)
    {
        (string name, string unit, SeriesKind kind, int samples) = (row.GetString(1), row.GetString(2), (SeriesKind)row.GetInt16(3), row.GetInt32(4));
        double[] values = [.. Enumerable.Range(5, 8).Select(row.GetDouble)];
        return writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteString("unit", unit);
            writer.WriteString("kind", WireNames.Of(kind));
            writer.WriteNumber("samples", samples);
            foreach ((string statistic, double value) in Statistics.Zip(values))
            {
                // A mean of numbers near the end of what a double can hold may be beyond it.
                if (samples > 0 && double.IsFinite(value)) writer.WriteNumber(statistic, value);
                else writer.WriteNull(statistic);
            }

            writer.WriteEndObject();
        };
    }
}
