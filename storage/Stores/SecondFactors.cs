using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class SecondFactors(StepCloudDatabase database, TimeProvider clock) : ISecondFactors
{
    public Task<SecondFactorRecord?> FindAsync(UserId user, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql("SELECT secret, confirmed_at IS NOT NULL, last_step FROM second_factor WHERE user_id = $1", user.Value),
        reader => new SecondFactorRecord(reader.GetFieldValue<byte[]>(0), reader.GetBoolean(1), reader.GetInt64(2)),
        cancellationToken);

    public async Task<bool> BeginAsync(UserId user, byte[] sealedSecret, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            new Sql(
                """
                INSERT INTO second_factor (user_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0)
                ON CONFLICT (user_id) DO UPDATE SET secret = $2, created_at = $3 WHERE second_factor.confirmed_at IS NULL
                """,
                user.Value, sealedSecret, clock.GetUtcNow()),
            cancellationToken) == 1;

    public Task<bool> ConfirmAsync(
        UserId user, long step, IReadOnlyList<byte[]> recoveryCodeHashes, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        user, doer, AuditActions.SecondFactorEnabled,
        async (transaction, now) =>
        {
            int confirmed = await transaction.ExecuteAsync(
                new Sql("UPDATE second_factor SET confirmed_at = $2, last_step = $3 WHERE user_id = $1 AND confirmed_at IS NULL", user.Value, now, step),
                cancellationToken);
            if (confirmed == 0) return false;
            await transaction.ExecuteAsync(
                new Sql("INSERT INTO recovery_code (user_id, hash) SELECT $1, unnest($2::bytea[])", user.Value, recoveryCodeHashes.ToArray()), cancellationToken);
            return true;
        },
        cancellationToken);

    public async Task<bool> TakeStepAsync(UserId user, long step, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            new Sql("UPDATE second_factor SET last_step = $2 WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2", user.Value, step),
            cancellationToken) == 1;

    public Task<bool> TakeRecoveryCodeAsync(UserId user, byte[] hash, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        user, doer, AuditActions.RecoveryCodeUsed,
        async (transaction, now) => await transaction.ExecuteAsync(
            new Sql("UPDATE recovery_code SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL", user.Value, hash, now),
            cancellationToken) == 1,
        cancellationToken);

    public Task<bool> DeleteAsync(UserId user, AuditDoer doer, CancellationToken cancellationToken) => ChangeAsync(
        user, doer, AuditActions.SecondFactorDisabled,
        async (transaction, _) => await transaction.ExecuteAsync(
            new Sql("DELETE FROM second_factor WHERE user_id = $1 AND confirmed_at IS NOT NULL", user.Value), cancellationToken) == 1,
        cancellationToken);

    /// <summary>A change with its entry, both or none.</summary>
    private Task<bool> ChangeAsync(
        UserId user, AuditDoer doer, string action, Func<DatabaseSession, DateTimeOffset, Task<bool>> change, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async transaction =>
            {
                DateTimeOffset now = clock.GetUtcNow();
                if (await UserChanges.LockAsync(transaction, user, cancellationToken) is not { } found) return false;
                if (!await change(transaction, now)) return false;
                await AuditTrail.AppendAsync(transaction, now, UserChanges.Entry(found, doer, action), cancellationToken);
                return true;
            },
            cancellationToken);
}
