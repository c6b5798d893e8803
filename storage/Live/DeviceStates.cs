using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Storage;

/// <summary>What is known of devices now: what they told last, whether that step is stored, and whether a gateway of theirs is there.</summary>
public sealed class DeviceStates(StepCloudDatabase database)
{
    // A device's gateway is the one that announced it last, and the one that spoke for it last: as a rule the same.
    internal const string Select =
        """
        SELECT
            d.id, d.site_id, coalesce(p.online, false), p.since, s.state, s.since, s.at, s.message,
            s.step_id, s.started, s.label, s.job, s.progress, s.layer, s.layers, s.remaining_s, e.received
        FROM device AS d
        LEFT JOIN device_state AS s ON s.device_id = d.id
        LEFT JOIN LATERAL (
            SELECT bool_or(g.online) AS online, max(g.since) AS since FROM gateway_presence AS g WHERE g.gateway_id IN (d.gateway_id, s.gateway_id)) AS p ON true
        LEFT JOIN LATERAL (SELECT e.received FROM step_event AS e WHERE e.id = s.step_id AND e.device_id = d.id AND s.state = 1) AS e ON true
        WHERE d.organization_id = $1
        """;

    /// <returns>Null when the organization has no such device.</returns>
    public Task<DeviceStateRow?> FindAsync(OrganizationId organization, DeviceId device, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{Select} AND d.id = $2", organization.Value, device.Value), Read, cancellationToken);

    /// <summary>Of a site's devices, but for those in the archive.</summary>
    public Task<List<DeviceStateRow>> ListAsync(OrganizationId organization, SiteId site, CancellationToken cancellationToken) => database.ListAsync(
        new Sql($"{Select} AND d.site_id = $2 AND d.archived_at IS NULL ORDER BY d.id", organization.Value, site.Value), Read, cancellationToken);

    public async Task<IReadOnlyList<DeviceStateRow>> ListAsync(LiveScope scope, CancellationToken cancellationToken)
    {
        if (scope.Device is not { } device) return await ListAsync(scope.Organization, scope.Site, cancellationToken);
        return await FindAsync(scope.Organization, device, cancellationToken) is { } row ? [row] : [];
    }

    internal static DeviceStateRow Read(NpgsqlDataReader row) => new(
        new DeviceId(row.GetGuid(0)), new SiteId(row.GetGuid(1)), row.GetBoolean(2), Time(row, 3), row.IsDBNull(4) ? null : ReadTold(row),
        Time(row, 16));

    private static ToldState ReadTold(NpgsqlDataReader row) => new(
        (DeviceActivity)row.GetInt16(4), Time(row, 5)!.Value, Time(row, 6)!.Value, Text(row, 7),
        row.IsDBNull(8)
            ? null
            : new RunningStep(
                new StepId(row.GetGuid(8)), Time(row, 9)!.Value, Text(row, 10), Text(row, 11), Number(row, 12),
                row.IsDBNull(13) ? null : row.GetInt64(13), row.IsDBNull(14) ? null : row.GetInt64(14), Number(row, 15)));

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
}

/// <param name="IsGatewayOnline">One of its gateways is connected.</param>
/// <param name="GatewaySince">When one of them last came or went; null when none ever came over MQTT.</param>
/// <param name="Told">What the last telemetry said; null when there was none.</param>
/// <param name="StepStoredAt">When the running step was received, if it has been.</param>
public sealed record DeviceStateRow(
    DeviceId Device, SiteId Site, bool IsGatewayOnline, DateTimeOffset? GatewaySince, ToldState? Told, DateTimeOffset? StepStoredAt);

/// <param name="Since">When the first element that said so was received.</param>
/// <param name="At">When the last one was.</param>
public sealed record ToldState(DeviceActivity State, DateTimeOffset Since, DateTimeOffset At, string? Message, RunningStep? Step);
