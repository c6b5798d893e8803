using StepCloud.Storage.Alarms;

namespace StepCloud.Storage;

/// <summary>What waits in tables, for whoever watches the installation: counted up to a bound, since what it costs must not grow with what has gathered.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class InstallationFigures(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>"At least so many."</summary>
    public const int CountMax = 10_000;

    /// <summary>A gateway that reconnects after an outage of its shop's line is not silent yet.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromMinutes(15);

    /// <summary>Whoever is told of a silent gateway has done something about it by then, or does not mean to.</summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromDays(7);

    public async Task<QueueFigures> CountWaitingAsync(CancellationToken cancellationToken) => (await database.FirstAsync(
        new Sql(
            $"""
            SELECT (SELECT count(*) FROM (SELECT FROM rejected_message WHERE state = 'open' LIMIT {CountMax}) AS r),
                (SELECT count(*) FROM (SELECT FROM alarm_delivery WHERE state = 'pending' LIMIT {CountMax}) AS d),
                (SELECT count(*) FROM (SELECT FROM outgoing_mail WHERE failed_at IS NULL LIMIT {CountMax}) AS m),
                (SELECT count(*) FROM (SELECT FROM recording WHERE expires_at IS NOT NULL LIMIT {CountMax}) AS u),
                (SELECT count(*) FROM (SELECT FROM recording WHERE fault IS NOT NULL LIMIT {CountMax}) AS f)
            """),
        row => new QueueFigures(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)), cancellationToken))!;

    /// <summary>Paired gateways with a monitored device, by when they were heard last, as the rules of their silence have it.</summary>
    /// <remarks>One row for each gateway is read; the devices only of those that are away, and whose own row does not say that they were heard a moment ago.</remarks>
    public async Task<GatewayFigures> CountGatewaysAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return (await database.FirstAsync(
            new Sql(
                $"""
                SELECT count(*) FILTER (WHERE online), count(*) FILTER (WHERE NOT online AND heard > $1), count(*) FILTER (WHERE NOT online AND heard <= $1 AND heard > $2),
                    count(*) FILTER (WHERE NOT online AND heard <= $2)
                FROM (
                    SELECT coalesce(p.online, false) AS online, {HeardGateways.Heard} AS heard
                    FROM gateway AS g JOIN organization AS o ON o.id = g.organization_id LEFT JOIN gateway_presence AS p ON p.gateway_id = g.id
                    {HeardGateways.Joins("p.online IS NOT TRUE AND (greatest(p.since, p.last_step_at) > $1) IS NOT TRUE")}
                    WHERE o.archived_at IS NULL AND {GatewayAlarms.ShouldSend}) AS gateways
                """,
                now - SilentAfter, now - GoneAfter),
            row => new GatewayFigures(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), cancellationToken))!;
    }
}

/// <param name="Quarantined">Refused messages that nobody has dealt with.</param>
/// <param name="Deliveries">Of alarms, to be sent.</param>
/// <param name="Mails">To be sent.</param>
/// <param name="Uploads">Recordings of which not all has come yet.</param>
/// <param name="RottenRecordings">Those that are no longer what was written.</param>
public sealed record QueueFigures(long Quarantined, long Deliveries, long Mails, long Uploads, long RottenRecordings);

/// <param name="Online">Connected by MQTT.</param>
/// <param name="Away">Heard within <see cref="InstallationFigures.SilentAfter"/>.</param>
/// <param name="Silent">Not heard for longer, and for less than <see cref="InstallationFigures.GoneAfter"/>.</param>
/// <param name="Gone">Not heard for longer still.</param>
public sealed record GatewayFigures(long Online, long Away, long Silent, long Gone);
