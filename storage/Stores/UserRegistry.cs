using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

public sealed class UserRegistry(StepCloudDatabase database, TimeProvider clock) : IUserRegistry
{
    private const string MayComeIn =
        "disabled_at IS NULL AND NOT EXISTS (SELECT FROM organization AS o WHERE o.id = u.organization_id AND o.archived_at IS NOT NULL)";

    public Task<UserRecord?> FindAsync(UserId user, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql($"SELECT id, organization_id, email, name, password_hash, roles FROM app_user AS u WHERE id = $1 AND {MayComeIn}", user.Value),
        Read,
        cancellationToken);

    public async Task<UserId?> FindByEmailAsync(string email, CancellationToken cancellationToken)
    {
        if (!StorableText.Is(email)) return null;
        Sql select = new($"SELECT id FROM app_user AS u WHERE lower(email) = lower($1) AND {MayComeIn}", email.Trim());
        List<UserId> found = await database.ListAsync(select, reader => new UserId(reader.GetGuid(0)), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    public Task<bool> ReplacePasswordHashAsync(
        UserId user, string oldHash, string newHash, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            List<OrganizationId?> changed = await transaction.ListAsync(
                new Sql(
                    "UPDATE app_user SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2 RETURNING organization_id",
                    user.Value, oldHash, newHash, now),
                reader => reader.IsDBNull(0) ? (OrganizationId?)null : new OrganizationId(reader.GetGuid(0)),
                cancellationToken);
            if (changed.Count == 0) return false;
            NewAuditEntry entry = new(
                changed[0], doer, AuditActions.PasswordHashUpgraded, new AuditSubject(AuditSubject.User, user.Value),
                AuditValues.Of(new { cost = CostOf(oldHash) }), AuditValues.Of(new { cost = CostOf(newHash) }));
            await AuditTrail.AppendAsync(transaction, now, entry, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>Of a hash in the PHC string format what stands before salt and hash: `$argon2id$v=19$m=65536,t=3,p=1`.</summary>
    private static string CostOf(string hash) => string.Join('$', hash.Split('$').Take(4).Where((_, index) => hash.Count(c => c == '$') == 5));

    public Task<bool> ChangePasswordAsync(
        UserId user, string oldHash, string newHash, SessionId keep, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (await UserChanges.LockAsync(transaction, user, cancellationToken) is not { } found) return false;
            int changed = await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE app_user SET password_hash = $3, updated_at = $4 WHERE id = $1 AND password_hash = $2", user.Value, oldHash, newHash, now),
                cancellationToken);
            if (changed == 0) return false;
            List<NewAuditEntry> entries = [UserChanges.Entry(found, doer, AuditActions.PasswordChanged)];
            entries.AddRange(await UserChanges.EndSessionsAsync(transaction, found, keep, SessionEnds.PasswordChanged, doer, now, cancellationToken));
            await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
            return true;
        },
        cancellationToken);

    private static UserRecord Read(NpgsqlDataReader reader) => new(
        new UserId(reader.GetGuid(0)),
        reader.IsDBNull(1) ? null : new OrganizationId(reader.GetGuid(1)),
        reader.IsDBNull(2) ? null : reader.GetString(2),
        reader.GetString(3),
        reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.GetFieldValue<string[]>(5));
}
