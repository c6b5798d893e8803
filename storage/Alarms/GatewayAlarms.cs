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

    private static Task<List<WatchedGateway>> ReadAsync(DatabaseSession transaction, OrganizationId organization, CancellationToken cancellationToken) =>
        transaction.ListAsync(
            new Sql(
                $"""
                SELECT g.id, g.site_id, coalesce(p.online, false), CASE WHEN p.online THEN greatest(g.created_at, p.since) ELSE {HeardGateways.Heard} END
                FROM gateway AS g LEFT JOIN gateway_presence AS p ON p.gateway_id = g.id
                {HeardGateways.Joins()}
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
