using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage.Recordings;

namespace StepCloud.Storage.BackUp;

/// <summary>Enters into the audit that the database was copied, or brought back as it was at an earlier time.</summary>
/// <remarks>The second entry is more than a record: gateways whose refresh token was issued in the time that was lost are let in by it (docs/adr/0016).</remarks>
public sealed class RestoredInstallation(StepCloudDatabase database, TimeProvider clock)
{
    private static readonly AuditSubject Subject = new(AuditSubject.Installation, AuditSubject.Installation);

    /// <summary>Somebody takes a copy of everything.</summary>
    public Task EnterBackUpAsync(AuditDoer doer, bool withMasterKey, CancellationToken cancellationToken) => new AuditTrail(database, clock).AppendAsync(
        new NewAuditEntry(null, doer, AuditActions.InstallationBackedUp, Subject, New: AuditValues.Of(new { master_key = withMasterKey })), cancellationToken);

    /// <summary>
    /// Ends the sessions of people: who was shut out after <paramref name="asOf"/> would be let in again by what he holds, and everybody else signs in anew.
    /// Links to folders end too: one that was revoked since would open again. Gateways keep theirs. The database is another installation from now on: what it was
    /// copied from may still run, and the places of recordings are that one's until somebody takes them over.
    /// </summary>
    /// <param name="asOf">What was committed later is lost.</param>
    /// <param name="manifest">SHA-256 of the back-up's manifest; null for a database that was brought back by other means.</param>
    /// <returns>How many sessions were ended.</returns>
    public Task<int> EnterRestoreAsync(AuditDoer doer, DateTimeOffset asOf, string? manifest, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            List<(SessionId Session, Guid User, OrganizationId? Organization)> ended = await transaction.ListAsync(
                new Sql(
                    """
                    UPDATE session AS s SET ended_at = $1, end_reason = $2 FROM session AS o LEFT JOIN app_user AS u ON u.id = o.holder_id
                    WHERE o.id = s.id AND s.holder_kind = $3 AND s.ended_at IS NULL RETURNING s.id, s.holder_id, u.organization_id
                    """,
                    now, SessionEnds.Restored, (short)HolderKind.User),
                reader => (new SessionId(reader.GetGuid(0)), reader.GetGuid(1), reader.IsDBNull(2) ? (OrganizationId?)null : new OrganizationId(reader.GetGuid(2))),
                cancellationToken);
            int links = await transaction.ExecuteAsync(
                new Sql("UPDATE folder_link SET ended_at = $1, ended_by = $2, end_reason = 'restored' WHERE ended_at IS NULL", now, AuditDoerKinds.TextOf(doer)), cancellationToken);
            Guid installation = await InstallationMarks.RenewAsync(transaction, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                [
                    new NewAuditEntry(
                        null, doer, AuditActions.InstallationRestored, Subject,
                        New: AuditValues.Of(new { as_of = asOf, manifest, user_sessions_ended = ended.Count, shared_links_ended = links, installation })),
                    .. ended.Select(session => SessionEntries.Ended(session.Organization, doer, session.Session, HolderKind.User, session.User, SessionEnds.Restored)),
                ],
                cancellationToken);
            return ended.Count;
        },
        cancellationToken);
}
