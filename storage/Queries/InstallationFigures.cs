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
                (SELECT count(*) FROM (SELECT FROM outgoing_mail WHERE failed_at IS NULL LIMIT {CountMax}) AS m)
            """),
        row => new QueueFigures(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), cancellationToken))!;

    /// <summary>Paired gateways with a monitored device, by when they were heard last. One row for each gateway is read.</summary>
    public async Task<GatewayFigures> CountGatewaysAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return (await database.FirstAsync(
            new Sql(
                $"""
                SELECT count(*) FILTER (WHERE online), count(*) FILTER (WHERE NOT online AND heard > $1), count(*) FILTER (WHERE NOT online AND heard <= $1 AND heard > $2),
                    count(*) FILTER (WHERE NOT online AND heard <= $2)
                FROM (
                    SELECT p.online, greatest(p.since, p.last_step_at) AS heard FROM gateway_presence AS p JOIN gateway AS g ON g.id = p.gateway_id
                    WHERE {GatewayAlarms.ShouldSend}) AS gateways
                """,
                now - SilentAfter, now - GoneAfter),
            row => new GatewayFigures(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), cancellationToken))!;
    }
}

/// <param name="Quarantined">Refused messages that nobody has dealt with.</param>
/// <param name="Deliveries">Of alarms, to be sent.</param>
/// <param name="Mails">To be sent.</param>
public sealed record QueueFigures(long Quarantined, long Deliveries, long Mails);

/// <param name="Online">Connected by MQTT.</param>
/// <param name="Away">Heard within <see cref="InstallationFigures.SilentAfter"/>.</param>
/// <param name="Silent">Not heard for longer, and for less than <see cref="InstallationFigures.GoneAfter"/>.</param>
/// <param name="Gone">Not heard for longer still.</param>
public sealed record GatewayFigures(long Online, long Away, long Silent, long Gone);
