using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class UserRegistry(StepCloudDatabase database, TimeProvider clock) : IUserRegistry
{
    public Task<UserRecord?> FindAsync(UserId user, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            "SELECT id, organization_id, email, name, password_hash, roles FROM app_user WHERE id = $1 AND disabled_at IS NULL", user.Value),
        Read,
        cancellationToken);

    public async Task<UserId?> FindByEmailAsync(string email, CancellationToken cancellationToken)
    {
        if (!StorableText.Is(email)) return null;
        Sql select = new("SELECT id FROM app_user WHERE lower(email) = lower($1) AND disabled_at IS NULL", email.Trim());
        List<UserId> found = await database.ListAsync(select, reader => new UserId(reader.GetGuid(0)), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    public async Task<bool> ReplacePasswordHashAsync(UserId user, string oldHash, string newHash, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            new Sql(
                "UPDATE app_user SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2",
                user.Value, oldHash, newHash, clock.GetUtcNow()),
            cancellationToken) == 1;

    public Task<bool> ChangePasswordAsync(
        UserId user, string oldHash, string newHash, SessionId keep, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            int changed = await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE app_user SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL",
                    user.Value, oldHash, newHash, now),
                cancellationToken);
            if (changed == 0) return false;
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE session SET ended_at = $3, end_reason = 'password_changed'
                    WHERE holder_kind = 1 AND holder_id = $1 AND id <> $2 AND ended_at IS NULL
                    """,
                    user.Value, keep.Value, now),
                cancellationToken);
            return true;
        },
        cancellationToken);

    private static UserRecord Read(NpgsqlDataReader reader) => new(
        new UserId(reader.GetGuid(0)),
        reader.IsDBNull(1) ? null : new OrganizationId(reader.GetGuid(1)),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetString(4),
        reader.GetFieldValue<string[]>(5));
}
