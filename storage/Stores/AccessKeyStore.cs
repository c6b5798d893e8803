using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

public sealed class AccessKeyStore(StepCloudDatabase database, TimeProvider clock) : IAccessKeys
{
    private const string Columns =
        """
        SELECT k.id, k.organization_id, k.user_id, u.name, k.label, k.created_by, k.created_at, k.expires_at, k.last_used_at, k.disabled_at
        FROM access_key AS k JOIN app_user AS u ON u.id = k.user_id
        """;

    public Task<AccessKeyAddition> AddAsync(NewAccessKey key, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            // The member's row makes this take turns with a change of the role, which decides whether there may be a key.
            MemberRow? member = await MemberRow.LockAsync(transaction, key.Organization, key.User, cancellationToken);
            if (member?.Organization is not { } organization) return AccessKeyAddition.UnknownMember;
            if (!await MemberRow.MayChangeAsync(transaction, doer, cancellationToken)) return AccessKeyAddition.NotAllowed;
            if (member.DisabledAt is not null) return AccessKeyAddition.MemberDisabled;
            if (member.Roles.Contains(Roles.Owner)) return AccessKeyAddition.MemberIsOwner;
            long usable = await transaction.ScalarAsync<long>(
                new Sql(
                    "SELECT count(*) FROM access_key WHERE user_id = $1 AND disabled_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
                    key.User.Value, now),
                cancellationToken);
            if (usable >= NewAccessKey.UsableMax) return AccessKeyAddition.TooMany;

            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO access_key (id, hash, organization_id, user_id, label, created_by, created_at, expires_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                    """,
                    key.Id.Value, key.Hash, organization.Value, key.User.Value, key.Label, key.CreatedBy?.Value, now, key.ExpiresAt),
                cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                new NewAuditEntry(
                    organization, doer, AuditActions.AccessKeyCreated, AccessKeyRows.SubjectOf(key.Id),
                    New: AuditValues.Of(new { user = key.User.Value, key.Label, key.ExpiresAt })),
                cancellationToken);
            return AccessKeyAddition.Added;
        },
        cancellationToken);

    public Task<AccessKeyRecord?> FindAsync(byte[] hash, CancellationToken cancellationToken) =>
        database.FirstAsync(new Sql($"{Columns} WHERE k.hash = $1", hash), Read, cancellationToken);

    public async Task<IReadOnlyList<AccessKeyRecord>> ListAsync(
        OrganizationId? organization, UserId? user, AccessKeyId? before, int countMax, CancellationToken cancellationToken) => await database.ListAsync(
        new Sql(
            $"""
             {Columns} WHERE ($1::uuid IS NULL OR k.organization_id = $1) AND ($2::uuid IS NULL OR k.user_id = $2) AND ($3::uuid IS NULL OR k.id < $3)
             ORDER BY k.id DESC LIMIT $4
             """,
            organization?.Value, user?.Value, before?.Value, countMax),
        Read, cancellationToken);

    public Task<AccessKeyDisabling> DisableAsync(
        OrganizationId? organization, AccessKeyId key, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            AccessKeyRecord? found = await transaction.FirstAsync(
                new Sql($"{Columns} WHERE k.id = $1 AND ($2::uuid IS NULL OR k.organization_id = $2) FOR NO KEY UPDATE OF k", key.Value, organization?.Value),
                Read, cancellationToken);
            if (found is null) return AccessKeyDisabling.NoSuchKey;
            if (!await MemberRow.MayChangeAsync(transaction, doer, cancellationToken)) return AccessKeyDisabling.NotAllowed;
            if (found.DisabledAt is not null) return AccessKeyDisabling.DisabledBefore;
            List<NewAuditEntry> entries = await AccessKeyRows.DisableAsync(transaction, found.Organization, found.User, key, doer, now, cancellationToken);
            await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
            return AccessKeyDisabling.Disabled;
        },
        cancellationToken);

    private static AccessKeyRecord Read(NpgsqlDataReader reader) => new(
        new AccessKeyId(reader.GetGuid(0)), new OrganizationId(reader.GetGuid(1)), new UserId(reader.GetGuid(2)), reader.GetString(3), reader.GetString(4),
        reader.IsDBNull(5) ? null : new UserId(reader.GetGuid(5)), reader.GetFieldValue<DateTimeOffset>(6), Time(reader, 7), Time(reader, 8), Time(reader, 9));

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}

/// <summary>What sessions and members do to access keys, in their own transactions.</summary>
internal static class AccessKeyRows
{
    public static AuditSubject SubjectOf(AccessKeyId key) => new(AuditSubject.AccessKey, key.Value);

    /// <summary>Begins something with the key. Its row is held until the commit: whoever disables it then ends what was begun, too.</summary>
    /// <returns>False when it is not usable any more.</returns>
    public static async Task<bool> UseAsync(DatabaseSession transaction, AccessKeyId key, DateTimeOffset now, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            new Sql(
                "UPDATE access_key SET last_used_at = $2 WHERE id = $1 AND disabled_at IS NULL AND (expires_at IS NULL OR expires_at > $2)", key.Value, now),
            cancellationToken) == 1;

    /// <summary>Disables one key of the user, or all, and ends their sessions.</summary>
    /// <param name="key">Null for all.</param>
    /// <returns>The entries that say so, to be appended at the end of the transaction.</returns>
    public static async Task<List<NewAuditEntry>> DisableAsync(
        DatabaseSession transaction, OrganizationId organization, UserId user, AccessKeyId? key, AuditDoer doer, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        List<AccessKeyId> disabled = await transaction.ListAsync(
            new Sql(
                """
                UPDATE access_key SET disabled_at = $3 WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) AND disabled_at IS NULL RETURNING id
                """,
                user.Value, key?.Value, now),
            reader => new AccessKeyId(reader.GetGuid(0)), cancellationToken);
        List<SessionId> ended = await transaction.ListAsync(
            new Sql(
                "UPDATE session SET ended_at = $2, end_reason = $3 WHERE access_key_id = ANY($1) AND ended_at IS NULL RETURNING id",
                disabled.Select(one => one.Value).ToArray(), now, SessionEnds.AccessKeyDisabled),
            reader => new SessionId(reader.GetGuid(0)), cancellationToken);
        return
        [
            .. disabled.Select(one => new NewAuditEntry(
                organization, doer, AuditActions.AccessKeyDisabled, SubjectOf(one),
                AuditValues.Of(new { disabled_at = (DateTimeOffset?)null }), AuditValues.Of(new { disabled_at = now }))),
            .. ended.Select(session => SessionEntries.Ended(organization, doer, session, HolderKind.User, user.Value, SessionEnds.AccessKeyDisabled)),
        ];
    }
}
