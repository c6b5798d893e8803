using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

public sealed class GatewayChanges(StepCloudDatabase database, TimeProvider clock) : IGatewayChanges
{
    public Task<GatewayRecord?> TransferAsync(GatewayId gateway, SiteId site, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            doer,
            async transaction =>
            {
                if (await GatewayRows.LockAsync(transaction, gateway, cancellationToken) is not { } record) return null;
                bool isSite = await transaction.ScalarAsync<bool>(
                    new Sql("SELECT EXISTS (SELECT FROM site WHERE id = $1 AND organization_id = $2 AND archived_at IS NULL)", site.Value, record.Organization.Value),
                    cancellationToken);
                if (!isSite) return null;
                if (record.Site == site) return record;

                DateTimeOffset now = clock.GetUtcNow();
                await transaction.ExecuteAsync(
                    new Sql("UPDATE gateway SET site_id = $2, updated_at = $3 WHERE id = $1", gateway.Value, site.Value, now), cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, now,
                    new NewAuditEntry(
                        record.Organization, doer, AuditActions.GatewayTransferred, GatewayRows.SubjectOf(gateway),
                        AuditValues.Of(new { site = record.Site.Value }), AuditValues.Of(new { site = site.Value })),
                    cancellationToken);
                return record with { Site = site };
            },
            cancellationToken);

    public Task UnpairAsync(GatewayId gateway, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            if (await GatewayRows.LockAsync(transaction, gateway, cancellationToken) is not { Revoked: false } record) return false;

            DateTimeOffset now = clock.GetUtcNow();
            await transaction.ExecuteAsync(
                new Sql("UPDATE gateway SET revoked_at = $2, updated_at = $2 WHERE id = $1", gateway.Value, now), cancellationToken);
            List<Guid> ended = await transaction.ListAsync(
                new Sql(
                    """
                    UPDATE session SET ended_at = $3, end_reason = $4 WHERE holder_kind = $1 AND holder_id = $2 AND ended_at IS NULL
                    RETURNING id
                    """,
                    (short)HolderKind.Gateway, gateway.Value, now, SessionEnds.Unpaired),
                reader => reader.GetGuid(0),
                cancellationToken);
            await transaction.ExecuteAsync(new Sql("DELETE FROM provisioning_secret WHERE gateway_id = $1", gateway.Value), cancellationToken);
            await transaction.ExecuteAsync(
                new Sql("UPDATE pairing_request SET is_approved = false WHERE gateway_id = $1 AND is_approved", gateway.Value), cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                [
                    new NewAuditEntry(
                        record.Organization, doer, AuditActions.GatewayUnpaired, GatewayRows.SubjectOf(gateway),
                        AuditValues.Of(new { unpaired_at = (DateTimeOffset?)null }), AuditValues.Of(new { unpaired_at = now })),
                    .. ended.Select(id => SessionEntries.Ended(
                        record.Organization, doer, new SessionId(id), HolderKind.Gateway, gateway.Value, SessionEnds.Unpaired)),
                ],
                cancellationToken);
            return true;
        },
        cancellationToken);
}

internal static class GatewayRows
{
    /// <summary>The gateway, held until the commit.</summary>
    public static Task<GatewayRecord?> LockAsync(DatabaseSession transaction, GatewayId gateway, CancellationToken cancellationToken) =>
        transaction.FirstAsync(
            new Sql(
                "SELECT organization_id, site_id, name, revoked_at IS NOT NULL FROM gateway WHERE id = $1 FOR NO KEY UPDATE", gateway.Value),
            reader => new GatewayRecord(
                gateway, new OrganizationId(reader.GetGuid(0)), new SiteId(reader.GetGuid(1)), reader.GetString(2), reader.GetBoolean(3)),
            cancellationToken);

    public static AuditSubject SubjectOf(GatewayId gateway) => new(AuditSubject.Gateway, gateway.Value);
}
