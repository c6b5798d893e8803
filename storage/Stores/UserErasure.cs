using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Deletes the account of a user who may not come in any more, and keeps what must be kept: the id, which the audit, signatures and jobs name.</summary>
/// <remarks>Signatures keep the name that was signed with, and the audit what it says: both are evidence, and nothing can change them.</remarks>
public sealed class UserErasure(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>What stands in the place of a name.</summary>
    public const string Erased = "(erased)";

    /// <returns>False when there is no such user, or he may still come in.</returns>
    public Task<bool> EraseAsync(UserId user, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            if (await MemberRow.LockAsync(transaction, organization: null, user, cancellationToken) is not { DisabledAt: not null } member) return false;
            DateTimeOffset now = clock.GetUtcNow();
            foreach (string statement in (string[])
            [
                "DELETE FROM outgoing_mail WHERE lower(recipient) = (SELECT lower(email) FROM app_user WHERE id = $1)",
                "UPDATE app_user SET name = '(erased)', email = NULL, password_hash = NULL, roles = '{}', email_verified_at = NULL WHERE id = $1",
                "DELETE FROM recovery_code WHERE user_id = $1",
                "DELETE FROM second_factor WHERE user_id = $1",
                "DELETE FROM account_link WHERE user_id = $1",
                "DELETE FROM invitation WHERE user_id = $1",
                "DELETE FROM idempotent_request WHERE holder_id = $1",
                "UPDATE access_key SET label = '(erased)', disabled_at = coalesce(disabled_at, now()) WHERE user_id = $1",
                "DELETE FROM sign_in_code WHERE user_id = $1",
                "UPDATE session SET remote_address = '', agent = '', device_id = NULL, device_name = NULL WHERE holder_kind = 1 AND holder_id = $1",
            ])
            {
                await transaction.ExecuteAsync(new Sql(statement, user.Value), cancellationToken);
            }

            await AuditTrail.AppendAsync(
                transaction, now, UserChanges.Entry(new LockedUser(user, member.Organization), doer, AuditActions.UserErased), cancellationToken);
            return true;
        },
        cancellationToken);
}
