using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage;

public sealed class ProvisioningStore(StepCloudDatabase database, TimeProvider clock) : IProvisioningStore
{
    public Task ReplaceAsync(
        GatewayId gateway, byte[] secretHash, DateTimeOffset expiresAt, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                if (await GatewayRows.LockAsync(transaction, gateway, cancellationToken) is not { } record) return false;
                DateTimeOffset now = clock.GetUtcNow();
                await transaction.ExecuteAsync(
                    new Sql(
                        """
                        INSERT INTO provisioning_secret (gateway_id, hash, created_at, expires_at) VALUES ($1, $2, $3, $4)
                        ON CONFLICT (gateway_id) DO UPDATE SET hash = excluded.hash, created_at = excluded.created_at, expires_at = excluded.expires_at
                        """,
                        gateway.Value, secretHash, now, expiresAt),
                    cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, now,
                    new NewAuditEntry(
                        record.Organization, doer, AuditActions.ProvisioningSecretCreated, GatewayRows.SubjectOf(gateway),
                        New: AuditValues.Of(new { expires_at = expiresAt })),
                    cancellationToken);
                return true;
            },
            cancellationToken);

    public Task<GatewayRecord?> RedeemAsync(byte[] secretHash, SessionOrigin origin, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                List<GatewayId> found = await transaction.ListAsync(
                    new Sql(
                        """
                        SELECT p.gateway_id FROM provisioning_secret AS p JOIN gateway AS g ON g.id = p.gateway_id
                        JOIN site AS s ON s.id = g.site_id JOIN organization AS o ON o.id = g.organization_id
                        WHERE p.hash = $1 AND p.expires_at > $2 AND g.archived_at IS NULL AND s.archived_at IS NULL AND o.archived_at IS NULL
                        """,
                        secretHash, now),
                    reader => new GatewayId(reader.GetGuid(0)),
                    cancellationToken);
                // The gateway first, then its secret: whoever un-pairs it goes the same way.
                if (found is not [var gateway] || await GatewayRows.LockAsync(transaction, gateway, cancellationToken) is not { } record) return null;
                int taken = await transaction.ExecuteAsync(new Sql("DELETE FROM provisioning_secret WHERE hash = $1", secretHash), cancellationToken);
                if (taken == 0) return null;

                AuditDoer doer = AuditDoer.Gateway(gateway, origin);
                await transaction.ActForAsync(doer, cancellationToken);
                await transaction.ExecuteAsync(
                    new Sql("UPDATE gateway SET revoked_at = NULL, updated_at = $2 WHERE id = $1", gateway.Value, now), cancellationToken);
                await Quotas.RequireAsync(transaction, record.Organization, QuotaKind.Gateways, now, cancellationToken);
                await AuditTrail.AppendAsync(
                    transaction, now,
                    new NewAuditEntry(
                        record.Organization, doer, AuditActions.GatewayProvisioned, GatewayRows.SubjectOf(gateway),
                        record.Revoked ? AuditValues.Of(new { unpaired = true }) : null, record.Revoked ? AuditValues.Of(new { unpaired = false }) : null),
                    cancellationToken);
                return record with { Revoked = false };
            },
            cancellationToken);
}
