using Npgsql;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>Reads steps without their samples and lines, for the twins of devices.</summary>
internal sealed class StepHeads(StepCloudDatabase database)
{
    private const string StepsText = """
        SELECT position, id, kind, started, ended, label, settings::text
        FROM step_event
        WHERE device_id = $1 AND position > $2
        ORDER BY position
        LIMIT $3
        """;

    private const string SeriesText = """
        SELECT step_id, name, unit, sample_count, last_time_us, last_value
        FROM step_series
        WHERE step_id = ANY ($1)
        ORDER BY step_id, ordinal
        """;

    public Task<IReadOnlyList<CommittedStepHead>> ReadAfterAsync(
        DeviceId device, long position, int countMax, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async session =>
            {
                List<CommittedStepHead> heads = await session.ListAsync(new Sql(StepsText, device.Value, position, countMax), ReadHead, cancellationToken);
                if (heads.Count == 0)
                    return heads;

                Guid[] ids = [.. heads.Select(head => head.Id.Value)];
                List<(Guid Step, SeriesHead Head)> series = await session.ListAsync(new Sql(SeriesText, ids), ReadSeries, cancellationToken);
                ILookup<Guid, SeriesHead> byStep = series.ToLookup(row => row.Step, row => row.Head);
                return (IReadOnlyList<CommittedStepHead>)[.. heads.Select(head => head with { Series = [.. byStep[head.Id.Value]] })];
            },
            cancellationToken);

    private static CommittedStepHead ReadHead(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        new StepId(row.GetGuid(1)),
        (StepKind)row.GetInt16(2),
        row.GetFieldValue<DateTimeOffset>(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.GetString(5),
        row.GetString(6),
        []);

    private static (Guid Step, SeriesHead Head) ReadSeries(NpgsqlDataReader row) => (
        row.GetGuid(0),
        new SeriesHead(row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4), row.GetDouble(5)));
}
