using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>What users read of stored steps. The organization stands inside every query, so a stranger finds nothing.</summary>
public sealed class StepQueries(StepCloudDatabase database)
{
    private const string SelectStep =
        """
        SELECT id, device_id, gateway_id, kind, started, ended, received, label, settings::text, series_count, sample_count, log_count, content_hash
        FROM step_event
        """;

    /// <summary>A device's steps, newest first: those whose id comes before <paramref name="before"/>.</summary>
    /// <remarks>
    /// The partitions are ranges of the id, so this reads from the newest one on and stops when it has enough. The limit stands in the text, and a
    /// first page has no condition on the id: with either as a parameter PostgreSQL plans over all partitions at every request, which takes several
    /// times what it then does.
    /// </remarks>
    public async Task<IReadOnlyList<StepRow>> ListByDeviceAsync(
        OrganizationId organization, DeviceId device, StepId? before, int countMax, CancellationToken cancellationToken) =>
        await database.ListAsync(Newest(SelectStep, organization, device, before, countMax), ReadStep, cancellationToken);

    /// <summary>The id of a device's newest step; null when it has none.</summary>
    public async Task<StepId?> FindLastAsync(OrganizationId organization, DeviceId device, CancellationToken cancellationToken)
    {
        List<StepId> found = await database.ListAsync(
            Newest("SELECT id FROM step_event", organization, device, before: null, countMax: 1), reader => new StepId(reader.GetGuid(0)), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>One step with its series and logs; null when the organization has no such step.</summary>
    public Task<WholeStep?> FindAsync(OrganizationId organization, StepId step, CancellationToken cancellationToken) => database.ReadAsync(
        async session =>
        {
            Sql select = new($"{SelectStep} WHERE id = $1 AND organization_id = $2", step.Value, organization.Value);
            if (await session.FirstAsync(select, ReadStep, cancellationToken) is not { } row) return null;
            List<StepSeries> series = await session.ListAsync(
                new Sql("""SELECT name, unit, kind, chart, times_us, "values" FROM step_series WHERE step_id = $1 ORDER BY ordinal""", step.Value),
                ReadSeries, cancellationToken);
            List<StepLog> logs = await session.ListAsync(
                new Sql("SELECT kind, label, lines FROM step_log WHERE step_id = $1 ORDER BY ordinal", step.Value), ReadLog, cancellationToken);
            return new WholeStep(row, series, logs);
        },
        cancellationToken);

    /// <summary>The id and the number of stored samples of each step of a gateway, in no order: what a ledger is held against.</summary>
    /// <remarks>Samples are counted in the arrays, not taken from the counts beside them.</remarks>
    public async IAsyncEnumerable<(StepId Id, long Samples)> CountByGatewayAsync(
        GatewayId gateway, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenAsync(cancellationToken);
        await using NpgsqlCommand command = new(
            """
            SELECT e.id, coalesce((SELECT sum(cardinality(s."values")) FROM step_series AS s WHERE s.step_id = e.id), 0)
            FROM step_event AS e WHERE e.gateway_id = $1
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = gateway.Value });
        command.CommandTimeout = 0; // As long as it takes: it reads everything the gateway ever sent.
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) yield return (new StepId(reader.GetGuid(0)), reader.GetInt64(1));
    }

    private static Sql Newest(string select, OrganizationId organization, DeviceId device, StepId? before, int countMax)
    {
        string text = $"{select} WHERE device_id = $1 AND organization_id = $2";
        string order = string.Create(CultureInfo.InvariantCulture, $"ORDER BY id DESC LIMIT {countMax}");
        return before is { } end
            ? new Sql($"{text} AND id < $3 {order}", device.Value, organization.Value, end.Value)
            : new Sql($"{text} {order}", device.Value, organization.Value);
    }

    private static StepSeries ReadSeries(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1), (SeriesKind)reader.GetInt16(2), (PreferredChart)reader.GetInt16(3),
        reader.GetFieldValue<long[]>(4), reader.GetFieldValue<double[]>(5));

    private static StepLog ReadLog(NpgsqlDataReader reader) => new(
        (LogKind)reader.GetInt16(0), reader.GetString(1), reader.GetFieldValue<string[]>(2));

    private static StepRow ReadStep(NpgsqlDataReader reader) => new(
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
        reader.GetFieldValue<byte[]>(12));
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
    byte[] ContentHash);

public sealed record WholeStep(StepRow Step, IReadOnlyList<StepSeries> Series, IReadOnlyList<StepLog> Logs);
