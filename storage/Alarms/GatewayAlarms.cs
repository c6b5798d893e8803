using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>Holds which gateways are there against the rules.</summary>
/// <remarks>As with <see cref="DeviceAlarms"/> all of it follows from tables and the clock.</remarks>
public sealed class GatewayAlarms(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Whether `gateway AS g` should send: it is paired and has something to watch.</summary>
    internal const string ShouldSend =
        """
        g.revoked_at IS NULL AND g.archived_at IS NULL
            AND EXISTS (SELECT FROM device AS d WHERE d.gateway_id = g.id AND d.is_monitored AND d.archived_at IS NULL)
        """;

    private static readonly AlarmSubject[] Subjects = [AlarmSubject.GatewaySilence];

    private static readonly UnusedAlarms Unused = new("JOIN gateway AS g ON g.id = a.gateway_id", $"NOT ({ShouldSend})");

    /// <summary>The organizations that there is something to look at.</summary>
    public Task<List<OrganizationId>> ListDueAsync(CancellationToken cancellationToken) => database.ListAsync(
        new Sql(
            $"""
            SELECT DISTINCT r.organization_id FROM alarm_rule AS r JOIN organization AS o ON o.id = r.organization_id
            WHERE r.active_since IS NOT NULL AND r.condition = 'gateway_silence' AND o.archived_at IS NULL
            UNION
            {Unused.SelectOrganizations}
            """),
        row => new OrganizationId(row.GetGuid(0)), cancellationToken);

    public Task LookAsync(OrganizationId organization, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            OpenAlarms open = new(transaction, organization, now);
            await Unused.ClearAsync(transaction, organization, open, now, cancellationToken);
            List<ActiveRule> rules = await AlarmRules.ListAsync(transaction, organization.Value, Subjects, cancellationToken);
            if (rules.Count == 0) return true;
            List<WatchedGateway> gateways = await ReadAsync(transaction, organization, cancellationToken);
            await open.LoadAsync(gateways.Select(gateway => WatchedThing.Of(gateway.Id)), cancellationToken);
            foreach (WatchedGateway gateway in gateways)
            {
                AlarmSource source = new(gateway.Site, WatchedThing.Of(gateway.Id), AlarmWords.ByState, Step: null, IsLate: false);
                foreach (ActiveRule rule in rules.Where(rule => rule.IsFor(gateway.Id)))
                    await open.ApplyAsync(rule, source, gateway.Judge(rule, now), cancellationToken);
            }

            return true;
        },
        cancellationToken);

    /// <remarks>
    /// Of a gateway that has ever come over MQTT the renewal of a token says nothing: it can reach the one port and not the other, and nothing comes of it.
    /// One that only speaks HTTP has nothing else to say while its devices do nothing.
    /// </remarks>
    private static Task<List<WatchedGateway>> ReadAsync(DatabaseSession transaction, OrganizationId organization, CancellationToken cancellationToken) =>
        transaction.ListAsync(
            // `last_step_at` is up to a minute behind; the newest steps and the newest telemetry of the devices are not.
            new Sql(
                $"""
                SELECT g.id, g.site_id, coalesce(p.online, false), CASE WHEN p.online THEN greatest(g.created_at, p.since) ELSE greatest(
                    g.created_at, p.since, p.last_step_at, s.created_at, CASE WHEN p.since IS NULL THEN s.used_at END, t.heard) END
                FROM gateway AS g LEFT JOIN gateway_presence AS p ON p.gateway_id = g.id
                LEFT JOIN LATERAL (
                    SELECT max(created_at) AS created_at, max(last_used_at) AS used_at FROM session
                    WHERE holder_kind = 2 AND holder_id = g.id AND ended_at IS NULL) AS s ON true
                LEFT JOIN LATERAL (
                    SELECT max(greatest(d.created_at, e.received, t.at)) AS heard
                    FROM device AS d LEFT JOIN device_state AS t ON t.device_id = d.id AND t.gateway_id = g.id
                    LEFT JOIN device_head AS h ON h.device_id = d.id LEFT JOIN step_event AS e ON e.id = h.step_id AND e.gateway_id = g.id
                    WHERE d.gateway_id = g.id AND d.archived_at IS NULL) AS t ON true
                WHERE g.organization_id = $1 AND {ShouldSend}
                """,
                organization.Value),
            row => new WatchedGateway(new GatewayId(row.GetGuid(0)), new SiteId(row.GetGuid(1)), row.GetBoolean(2), row.GetFieldValue<DateTimeOffset>(3)),
            cancellationToken);
}

/// <summary>A gateway as rules of its silence look at it.</summary>
/// <param name="IsOnline">It is connected by MQTT.</param>
/// <param name="Heard">When it was heard last, came or went, or was made; while it is connected, when it came.</param>
internal sealed record WatchedGateway(GatewayId Id, SiteId Site, bool IsOnline, DateTimeOffset Heard)
{
    public AlarmVerdict Judge(ActiveRule rule, DateTimeOffset now)
    {
        DateTimeOffset due = rule.DueAt(Heard);
        bool isSilent = !IsOnline && due <= now;
        return AlarmVerdict.Of(isSilent, new AlarmMoment(isSilent ? due : Heard, null));
    }
}
