using System.Diagnostics;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class AccountLinks(StepCloudDatabase database, TimeProvider clock) : IAccountLinks
{
    public Task<bool> AddAsync(AccountLink link, NewMail mail, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            // The user's row makes those who ask at once take turns.
            if (await UserChanges.LockAsync(transaction, link.User, cancellationToken) is not { } user) return false;
            long recent = await transaction.ScalarAsync<long>(
                new Sql(
                    "SELECT count(*) FROM account_link WHERE user_id = $1 AND kind = $2 AND created_at > $3",
                    link.User.Value, Wire(link.Kind), now - TimeSpan.FromHours(1)),
                cancellationToken);
            if (recent >= AccountLink.HourlyMax) return false;
            await transaction.ExecuteAsync(
                new Sql(
                    "INSERT INTO account_link (hash, kind, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
                    link.Hash, Wire(link.Kind), link.User.Value, now, link.ExpiresAt),
                cancellationToken);
            await transaction.ExecuteAsync(OutgoingMailStore.Insert(mail, now), cancellationToken);
            string action = link.Kind == AccountLinkKind.Recovery ? AuditActions.RecoveryRequested : AuditActions.EmailVerificationRequested;
            await AuditTrail.AppendAsync(transaction, now, UserChanges.Entry(user, doer, action), cancellationToken);
            return true;
        },
        cancellationToken);

    public async Task<UserId?> FindAsync(byte[] hash, AccountLinkKind kind, CancellationToken cancellationToken)
    {
        Sql select = new(
            """
            SELECT l.user_id FROM account_link AS l JOIN app_user AS u ON u.id = l.user_id
            WHERE l.hash = $1 AND l.kind = $2 AND l.used_at IS NULL AND l.expires_at > $3 AND u.disabled_at IS NULL
            """,
            hash, Wire(kind), clock.GetUtcNow());
        List<UserId> found = await database.ListAsync(select, reader => new UserId(reader.GetGuid(0)), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    public Task<bool> RecoverAsync(
        UserId user, byte[] hash, string newPasswordHash, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (await UserChanges.LockAsync(transaction, user, cancellationToken) is not { } found) return false;
            if (!await UseAsync(transaction, user, hash, AccountLinkKind.Recovery, now, cancellationToken)) return false;
            await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE app_user SET password_hash = $2, email_verified_at = $3, updated_at = $3 WHERE id = $1", user.Value, newPasswordHash, now),
                cancellationToken);
            // Whoever asked for the others, they are of no use now.
            await transaction.ExecuteAsync(
                new Sql("UPDATE account_link SET used_at = $2 WHERE user_id = $1 AND kind = 'recovery' AND used_at IS NULL", user.Value, now),
                cancellationToken);
            // Nor are links to folders that somebody else may have made meanwhile in this name.
            await transaction.ExecuteAsync(
                new Sql("UPDATE folder_link SET ended_at = $2, ended_by = registry_doer(), end_reason = 'sharer' WHERE user_id = $1 AND ended_at IS NULL", user.Value, now),
                cancellationToken);
            List<NewAuditEntry> entries = [UserChanges.Entry(found, doer, AuditActions.PasswordRecovered)];
            entries.AddRange(await UserChanges.EndSessionsAsync(transaction, found, null, SessionEnds.PasswordRecovered, doer, now, cancellationToken));
            await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
            return true;
        },
        cancellationToken);

    public Task<bool> VerifyEmailAsync(UserId user, byte[] hash, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (await UserChanges.LockAsync(transaction, user, cancellationToken) is not { } found) return false;
            if (!await UseAsync(transaction, user, hash, AccountLinkKind.Verification, now, cancellationToken)) return false;
            await transaction.ExecuteAsync(
                new Sql("UPDATE app_user SET email_verified_at = $2, updated_at = $2 WHERE id = $1", user.Value, now), cancellationToken);
            await AuditTrail.AppendAsync(transaction, now, UserChanges.Entry(found, doer, AuditActions.EmailVerified), cancellationToken);
            return true;
        },
        cancellationToken);

    /// <returns>False for all but the first who uses it.</returns>
    private static async Task<bool> UseAsync(
        DatabaseSession transaction, UserId user, byte[] hash, AccountLinkKind kind, DateTimeOffset now, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            new Sql(
                "UPDATE account_link SET used_at = $4 WHERE hash = $1 AND user_id = $2 AND kind = $3 AND used_at IS NULL AND expires_at > $4",
                hash, user.Value, Wire(kind), now),
            cancellationToken) == 1;

    private static string Wire(AccountLinkKind kind) => kind switch
    {
        AccountLinkKind.Recovery => "recovery",
        AccountLinkKind.Verification => "verification",
        _ => throw new UnreachableException(),
    };
}
