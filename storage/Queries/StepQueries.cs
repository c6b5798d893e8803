using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>What users read of stored steps. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class StepQueries(StepCloudDatabase database)
{
    private const string StepColumns =
        """
        id, device_id, gateway_id, kind, started, ended, received, label, settings::text, series_count, sample_count, log_count, content_hash, outcome, job, sequence
        """;

    internal const string SelectStep = $"SELECT {StepColumns} FROM step_event";

    /// <summary>As <see cref="SelectStep"/>, with the position behind.</summary>
    internal const string SelectLiveStep = $"SELECT {StepColumns}, position FROM step_event";

    /// <summary>As <see cref="SelectStep"/>, with the position and the organization behind.</summary>
    internal const string SelectStoredStep = $"SELECT {StepColumns}, position, organization_id FROM step_event";

    /// <summary>Of a job's steps, with how each came to the job behind.</summary>
    internal const string SelectJobStep =
        """
        SELECT e.id, e.device_id, e.gateway_id, e.kind, e.started, e.ended, e.received, e.label, e.settings::text, e.series_count, e.sample_count, e.log_count, e.content_hash,
            e.outcome, e.job, e.sequence, s.joined
        FROM job_step AS s JOIN step_event AS e ON e.id = s.step_id
        """;

    private const string SelectSeries = "SELECT name, unit, kind, chart, sample_count, samples FROM step_series";

    /// <summary>A step without its samples and lines; null when the organization has no such step.</summary>
    public Task<StepRow?> FindRowAsync(OrganizationId organization, StepId step, CancellationToken cancellationToken) => database.FirstAsync(
        One(organization, step), ReadStep, cancellationToken);

    /// <summary>The id of a device's newest step; null when it has none.</summary>
    public async Task<StepId?> FindLastAsync(OrganizationId organization, DeviceId device, CancellationToken cancellationToken)
    {
        // The limit stands in the text: as a parameter it makes PostgreSQL plan over all partitions at every request.
        List<StepId> found = await database.ListAsync(
            new Sql("SELECT id FROM step_event WHERE device_id = $1 AND organization_id = $2 ORDER BY id DESC LIMIT 1", device.Value, organization.Value),
            reader => new StepId(reader.GetGuid(0)), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>The device's step before one, of those that tell settings; null for its first.</summary>
    public Task<StepRow?> FindBeforeAsync(StepRow step, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            $"{SelectStep} WHERE device_id = $1 AND id < $2 AND settings::text <> '{{}}' ORDER BY id DESC LIMIT 1", step.Device.Value, step.Id.Value),
        ReadStep, cancellationToken);

    /// <summary>One series of a step with all its samples; null when there is no such one.</summary>
    public Task<StepSeries?> FindSeriesAsync(StepId step, string name, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql($"{SelectSeries} WHERE step_id = $1 AND name = $2", step.Value, name),
        ReadSeries, cancellationToken);

    /// <summary>One step with its series and logs; null when the organization has no such step.</summary>
    public Task<WholeStep?> FindAsync(OrganizationId organization, StepId step, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            if (await session.FirstAsync(One(organization, step), ReadStep, cancellationToken) is not { } row) return null;
            List<StepSeries> series = await session.ListAsync(
                new Sql($"{SelectSeries} WHERE step_id = $1 ORDER BY ordinal", step.Value),
                ReadSeries, cancellationToken);
            List<StepLog> logs = await session.ListAsync(
                new Sql("SELECT kind, label, lines FROM step_log WHERE step_id = $1 ORDER BY ordinal", step.Value), ReadLog, cancellationToken);
            return new WholeStep(row, series, logs);
        },
        cancellationToken);

    private static Sql One(OrganizationId organization, StepId step) =>
        new($"{SelectStep} WHERE id = $1 AND organization_id = $2", step.Value, organization.Value);

    private static StepSeries ReadSeries(NpgsqlDataReader reader)
    {
        bool isThinned = reader.IsDBNull(5);
        (long[] times, double[] values) = isThinned ? ([], []) : SeriesCodec.Decode(reader.GetFieldValue<byte[]>(5), reader.GetInt32(4));
        return new StepSeries(
            reader.GetString(0), reader.GetString(1), (SeriesKind)reader.GetInt16(2), (PreferredChart)reader.GetInt16(3), times, values) { IsThinned = isThinned };
    }

    internal static StepLog ReadLog(NpgsqlDataReader reader) => new(
        (LogKind)reader.GetInt16(0), reader.GetString(1), reader.GetFieldValue<string[]>(2));

    internal static StepRow ReadStep(NpgsqlDataReader reader) => new(
        new StepId(reader.GetGuid(0)),
        new DeviceId(reader.GetGuid(1)),
        new GatewayId(reader.GetGuid(2)),
        (StepKind)reader.GetInt16(3),
        reader.GetFieldValue<DateTimeOffset>(4),
        reader.GetFieldValue<DateTimeOffset>(5),
        reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetString(7),
        reader.GetString(8),
        reader.GetInt16(9),
        reader.GetInt32(10),
        reader.GetInt16(11),
        reader.GetFieldValue<byte[]>(12),
        reader.IsDBNull(13) ? null : (StepResult)reader.GetInt16(13),
        reader.IsDBNull(14) ? null : reader.GetString(14),
        reader.IsDBNull(15) ? null : reader.GetInt64(15));
}

/// <summary>A step without its samples and lines.</summary>
/// <param name="Received">By the server's clock.</param>
/// <param name="ContentHash">SHA-256 over all of its content.</param>
public sealed record StepRow(
    StepId Id,
    DeviceId Device,
    GatewayId Gateway,
    StepKind Kind,
    DateTimeOffset Started,
    DateTimeOffset Ended,
    DateTimeOffset Received,
    string Label,
    string SettingsJson,
    int SeriesCount,
    int SampleCount,
    int LogCount,
    byte[] ContentHash,
    StepResult? Outcome,
    string? Job,
    long? Sequence);

public sealed record WholeStep(StepRow Step, IReadOnlyList<StepSeries> Series, IReadOnlyList<StepLog> Logs);
