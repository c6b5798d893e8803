using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

/// <summary>What changes of users have in common.</summary>
internal static class UserChanges
{
    /// <summary>Holds the row of a user who is not disabled until the end of the transaction.</summary>
    /// <returns>Null when there is none.</returns>
    public static Task<LockedUser?> LockAsync(DatabaseSession transaction, UserId user, CancellationToken cancellationToken) => transaction.FirstAsync(
        new Sql("SELECT id, organization_id FROM app_user WHERE id = $1 AND disabled_at IS NULL FOR NO KEY UPDATE", user.Value),
        reader => new LockedUser(new UserId(reader.GetGuid(0)), reader.IsDBNull(1) ? null : new OrganizationId(reader.GetGuid(1))),
        cancellationToken);

    /// <summary>Ends the open sessions of the user.</summary>
    /// <param name="keep">The one that goes on; null for none.</param>
    /// <returns>The entries that say so, to be appended at the end of the transaction.</returns>
    public static async Task<IReadOnlyList<NewAuditEntry>> EndSessionsAsync(
        DatabaseSession transaction, LockedUser user, SessionId? keep, string reason, AuditDoer doer, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        List<SessionId> ended = await transaction.ListAsync(
            new Sql(
                """
                UPDATE session SET ended_at = $3, end_reason = $4
                WHERE holder_kind = 1 AND holder_id = $1 AND id IS DISTINCT FROM $2::uuid AND ended_at IS NULL RETURNING id
                """,
                user.Id.Value, keep?.Value, now, reason),
            reader => new SessionId(reader.GetGuid(0)),
            cancellationToken);
        return [.. ended.Select(session => SessionEntries.Ended(user.Organization, doer, session, HolderKind.User, user.Id.Value, reason))];
    }

    public static NewAuditEntry Entry(LockedUser user, AuditDoer doer, string action, string? old = null, string? @new = null) =>
        new(user.Organization, doer, action, new AuditSubject(AuditSubject.User, user.Id.Value), old, @new);
}

internal sealed record LockedUser(UserId Id, OrganizationId? Organization);
