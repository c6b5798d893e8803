using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Charts;
using StepCloud.Storage.Series;

namespace StepCloud.Storage.Workflows;

/// <summary>The course of every series of a job's steps, as a person would draw it.</summary>
internal static class BatchRecordCharts
{
    /// <summary>Points of one chart, as wide as a thumb on paper.</summary>
    private const int PointsMax = 120;

    /// <summary>Steps of which the samples are in memory at a time: of the largest some 60 MB.</summary>
    private const int StepsAtOnce = 4;

    /// <remarks>A series whose samples are kept no more has none here.</remarks>
    public static async Task<byte[]> WriteAsync(DatabaseSession session, JobId job, CancellationToken cancellationToken)
    {
        List<Guid> steps = await session.ListAsync(
            new Sql("SELECT s.step_id FROM job_step AS s JOIN step_event AS e ON e.id = s.step_id WHERE s.job_id = $1 ORDER BY e.started, e.id", job.Value),
            row => row.GetGuid(0), cancellationToken);
        using MemoryStream bytes = new();
        await using Utf8JsonWriter writer = new(bytes);
        writer.WriteStartObject();
        foreach (Guid[] some in steps.Chunk(StepsAtOnce))
        {
            ILookup<Guid, (string Name, List<ChartPoint> Points)> charts = (await session.ListAsync(
                new Sql("SELECT step_id, name, sample_count, samples FROM step_series WHERE step_id = ANY ($1) AND samples IS NOT NULL ORDER BY step_id, ordinal", some),
                row => (Step: row.GetGuid(0), Name: row.GetString(1), Points: Points(row.GetFieldValue<byte[]>(3), row.GetInt32(2))), cancellationToken))
                .ToLookup(one => one.Step, one => (one.Name, one.Points));
            foreach (Guid step in some)
            {
                writer.WriteStartObject(step.ToString("D"));
                foreach ((string name, List<ChartPoint> points) in charts[step])
                {
                    writer.WriteStartObject(name);
                    writer.WriteStartArray("times_us");
                    foreach (ChartPoint point in points) writer.WriteNumberValue(point.Time);
                    writer.WriteEndArray();
                    writer.WriteStartArray("values");
                    foreach (ChartPoint point in points) writer.WriteNumberValue(point.Value);
                    writer.WriteEndArray();
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            }

            await writer.FlushAsync(cancellationToken);
        }

        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
        return bytes.ToArray();
    }

    /// <remarks>Samples that cannot be read have no course: that they are broken is found by the steps' hashes.</remarks>
    private static List<ChartPoint> Points(byte[] samples, int count)
    {
        try
        {
            (long[] times, double[] values) = SeriesCodec.Decode(samples, count);
            return Lttb.Choose([.. values.Select((value, i) => new ChartPoint(times.Length == 0 ? 0 : times[i], value, default, true))], PointsMax);
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}
