using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

/// <summary>Sessions that a restore has brought back without their newest tokens.</summary>
public sealed partial class SessionStore
{
    /// <summary>Clocks of two machines differ by less; and a token that was issued just before the back-up was perhaps committed just after it.</summary>
    private static readonly TimeSpan RestoreLeeway = TimeSpan.FromMinutes(5);

    public Task<RestoredSession?> FindRestoredAsync(SessionId session, DateTimeOffset lost, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            """
            SELECT s.holder_kind, s.holder_id, s.started_by, t.hash, t.created_at, t.created_at < r.at
            FROM session AS s
            JOIN refresh_token AS t ON t.session_id = s.id AND t.used_at IS NULL
            CROSS JOIN LATERAL (
                SELECT max(e.at) AS at FROM audit_entry AS e
                WHERE e.chain_id = $2 AND e.action = $3 AND $4 >= (e.new_values ->> 'as_of')::timestamptz - $5 AND $4 <= e.at + $5) AS r
            WHERE s.id = $1 AND s.ended_at IS NULL AND s.holder_kind = $6 AND r.at IS NOT NULL
            """,
            session.Value, Guid.Empty, AuditActions.InstallationRestored, lost, RestoreLeeway, (short)HolderKind.Gateway),
        reader => new RestoredSession(
            (HolderKind)reader.GetInt16(0), reader.GetGuid(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<DateTimeOffset>(4),
            reader.GetBoolean(5)),
        cancellationToken);

    public Task<bool> ContinueAsync(LostRotation lost, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            TokenRotation rotation = lost.Rotation;
            if (!await HoldOpenAsync(transaction, rotation.Session, cancellationToken)) return false;
            // Of several that come at once the first is believed: the others find its token used.
            int marked = await transaction.ExecuteAsync(
                MarkUsed(lost.NewestHash, rotation.Session, rotation.At, rotation.UsedHash), cancellationToken);
            if (marked == 0) return false;
            await transaction.ExecuteAsync(AddToken(rotation.UsedHash, rotation.Session, lost.IssuedAt, rotation.ExpiresAt), cancellationToken);
            await transaction.ExecuteAsync(MarkUsed(rotation.UsedHash, rotation.Session, rotation.At, rotation.SuccessorHash), cancellationToken);
            await AddSuccessorAsync(transaction, rotation, cancellationToken);
            OrganizationId? organization = await FindOrganizationAsync(transaction, lost.HolderKind, lost.Holder, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, rotation.At,
                SessionEntries.Continued(organization, AuditDoer.Gateway(new GatewayId(lost.Holder), rotation.Origin), rotation.Session, lost.IssuedAt), cancellationToken);
            return true;
        },
        cancellationToken);
}
