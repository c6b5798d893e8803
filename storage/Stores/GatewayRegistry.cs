using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage;

public sealed class GatewayRegistry(StepCloudDatabase database, TimeProvider clock) : IGatewayRegistry
{
    public Task<GatewayRecord?> FindAsync(GatewayId gateway, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            """
            SELECT g.organization_id, g.site_id, g.name, g.revoked_at IS NOT NULL OR o.archived_at IS NOT NULL
            FROM gateway AS g JOIN organization AS o ON o.id = g.organization_id WHERE g.id = $1
            """,
            gateway.Value),
        reader => new GatewayRecord(
            gateway, new OrganizationId(reader.GetGuid(0)), new SiteId(reader.GetGuid(1)), reader.GetString(2), reader.GetBoolean(3)),
        cancellationToken);

    public Task<GatewayCreation> CreateAsync(NewGateway gateway, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            // Sites are never deleted, and stay with their organization.
            bool isSite = await transaction.ScalarAsync<bool>(
                new Sql("SELECT EXISTS (SELECT FROM site WHERE id = $1 AND organization_id = $2 AND archived_at IS NULL)", gateway.Site.Value, gateway.Organization.Value),
                cancellationToken);
            if (!isSite) return GatewayCreation.UnknownSite;

            DateTimeOffset now = clock.GetUtcNow();
            int inserted = await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO gateway (id, organization_id, site_id, name, serial, created_at, updated_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING
                    """,
                    gateway.Id.Value, gateway.Organization.Value, gateway.Site.Value, gateway.Name, gateway.Serial, now),
                cancellationToken);
            if (inserted == 0) return GatewayCreation.IdTaken;
            await Quotas.RequireAsync(transaction, gateway.Organization, QuotaKind.Gateways, now, cancellationToken);
            await AuditTrail.AppendAsync(transaction, now, EntryOf(gateway, doer), cancellationToken);
            return GatewayCreation.Created;
        },
        cancellationToken);

    private static NewAuditEntry EntryOf(NewGateway gateway, AuditDoer doer) => new(
        gateway.Organization, doer, AuditActions.GatewayCreated, new AuditSubject(AuditSubject.Gateway, gateway.Id.Value),
        New: AuditValues.Of(new { name = gateway.Name, site = gateway.Site.Value, serial = gateway.Serial }));
}
