using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What whoever runs the installation does to accounts, with commands on the machine.</summary>
public sealed class OperatorAccounts(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Makes an account with a password, of an organization or of the installation.</summary>
    /// <returns>False when the address has an account already; nothing was written.</returns>
    public Task<bool> CreateAsync(NewUser user, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            int made = await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO app_user (id, organization_id, email, name, password_hash, roles, created_at, updated_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (lower(email)) DO NOTHING
                    """,
                    user.Id.Value, user.Organization?.Value, user.Email, user.Name, user.PasswordHash, user.Roles.ToArray(), now),
                cancellationToken);
            if (made == 0) return false;
            await AuditTrail.AppendAsync(
                transaction, now,
                UserChanges.Entry(
                    new LockedUser(user.Id, user.Organization), doer, AuditActions.UserCreated,
                    @new: AuditValues.Of(new { user.Email, user.Name, user.Roles })),
                cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Gives the account another password. Its sessions end with it, and mailed links to set one are of no use any more.</summary>
    /// <returns>False when there is no such account that signs in with a password.</returns>
    public Task<bool> SetPasswordAsync(UserId user, string passwordHash, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (await MemberRow.LockAsync(transaction, organization: null, user, cancellationToken) is not { HasPassword: true } found) return false;
            await transaction.ExecuteAsync(
                new Sql("UPDATE app_user SET password_hash = $2, updated_at = $3 WHERE id = $1", user.Value, passwordHash, now), cancellationToken);
            await transaction.ExecuteAsync(
                new Sql("UPDATE account_link SET used_at = $2 WHERE user_id = $1 AND kind = 'recovery' AND used_at IS NULL", user.Value, now),
                cancellationToken);
            LockedUser locked = new(user, found.Organization);
            await AuditTrail.AppendAsync(
                transaction, now,
                [
                    UserChanges.Entry(locked, doer, AuditActions.PasswordChanged),
                    .. await UserChanges.EndSessionsAsync(transaction, locked, keep: null, SessionEnds.PasswordChanged, doer, now, cancellationToken),
                ],
                cancellationToken);
            return true;
        },
        cancellationToken);
}
