using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

public sealed partial class SessionStore(StepCloudDatabase database) : ISessionStore
{
    public Task<bool> CreateAsync(NewSession session, bool endOthers, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            if (session.AccessKey is { } key && !await AccessKeyRows.UseAsync(transaction, key, session.At, cancellationToken)) return false;
            List<Guid> replaced = endOthers ? await EndOthersAsync(transaction, session, cancellationToken) : [];
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO session (id, holder_kind, holder_id, created_at, ends_at, last_used_at, remote_address, agent, started_by, access_key_id)
                    VALUES ($1, $2, $3, $4, $5, $4, $6, $7, $8, $9)
                    """,
                    session.Id.Value, (short)session.HolderKind, session.Holder, session.At, session.EndsAt, session.Origin.RemoteAddress,
                    session.Origin.Agent, session.By, session.AccessKey?.Value),
                cancellationToken);
            await transaction.ExecuteAsync(AddToken(session.TokenHash, session.Id, session.At, session.ExpiresAt), cancellationToken);
            OrganizationId? organization = await FindOrganizationAsync(transaction, session.HolderKind, session.Holder, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, session.At,
                [
                    .. replaced.Select(id => SessionEntries.Ended(
                        organization, doer, new SessionId(id), session.HolderKind, session.Holder, SessionEnds.Replaced)),
                    .. SessionEntries.Started(organization, doer, session),
                ],
                cancellationToken);
            return true;
        },
        cancellationToken);

    public Task<RefreshTokenRecord?> FindTokenAsync(byte[] tokenHash, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            """
            SELECT t.session_id, s.holder_kind, s.holder_id, t.expires_at, t.used_at,
                   EXISTS (SELECT FROM refresh_token AS n WHERE n.hash = t.successor_hash AND n.used_at IS NULL),
                   s.ends_at, s.ended_at IS NOT NULL, s.started_by, t.successor_hash
            FROM refresh_token AS t JOIN session AS s ON s.id = t.session_id WHERE t.hash = $1
            """,
            tokenHash),
        ReadToken,
        cancellationToken);

    public Task<bool> RotateAsync(TokenRotation rotation, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            if (!await HoldOpenAsync(transaction, rotation.Session, cancellationToken)) return false;

            // Whoever marks the token first has rotated it; the other waits for the session and then finds it used.
            int marked = await transaction.ExecuteAsync(
                MarkUsed(rotation.UsedHash, rotation.Session, rotation.At, rotation.SuccessorHash), cancellationToken);
            if (marked == 0) return false;
            await AddSuccessorAsync(transaction, rotation, cancellationToken);
            return true;
        },
        cancellationToken);

    public Task<bool> EndAsync(
        SessionId session, HolderKind holderKind, Guid holder, string reason, DateTimeOffset at, AuditDoer doer,
        CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            int ended = await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE session SET ended_at = $5, end_reason = $4 WHERE id = $1 AND holder_kind = $2 AND holder_id = $3 AND ended_at IS NULL",
                    session.Value, (short)holderKind, holder, reason, at),
                cancellationToken);
            if (ended == 0) return false;
            OrganizationId? organization = await FindOrganizationAsync(transaction, holderKind, holder, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, at, SessionEntries.Ended(organization, doer, session, holderKind, holder, reason), cancellationToken);
            return true;
        },
        cancellationToken);

    public Task<int> EndAllAsync(
        HolderKind holderKind, Guid holder, SessionId? keep, string reason, DateTimeOffset at, AuditDoer doer,
        CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            // A tablet that enters a code now has begun its session before this, or begins none: it holds the user too.
            if (holderKind == HolderKind.User) await MemberRow.LockAsync(transaction, organization: null, new UserId(holder), cancellationToken);
            List<SessionId> ended = await transaction.ListAsync(
                new Sql(
                    """
                    UPDATE session SET ended_at = $4, end_reason = $5
                    WHERE holder_kind = $1 AND holder_id = $2 AND id IS DISTINCT FROM $3::uuid AND ended_at IS NULL RETURNING id
                    """,
                    (short)holderKind, holder, keep?.Value, at, reason),
                reader => new SessionId(reader.GetGuid(0)), cancellationToken);
            if (ended.Count == 0) return 0;
            OrganizationId? organization = await FindOrganizationAsync(transaction, holderKind, holder, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, at, [.. ended.Select(session => SessionEntries.Ended(organization, doer, session, holderKind, holder, reason))],
                cancellationToken);
            return ended.Count;
        },
        cancellationToken);

    public Task<bool> IsOpenAsync(SessionId session, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ScalarAsync<bool>(new Sql("SELECT session_is_open($1, $2)", session.Value, now), cancellationToken);

    /// <summary>Holds the session open until the commit; whoever ends it meanwhile waits.</summary>
    private static async Task<bool> HoldOpenAsync(DatabaseSession transaction, SessionId session, CancellationToken cancellationToken)
    {
        List<bool> open = await transaction.ListAsync(
            new Sql("SELECT true FROM session WHERE id = $1 AND ended_at IS NULL FOR NO KEY UPDATE", session.Value), _ => true, cancellationToken);
        return open.Count > 0;
    }

    private static Sql MarkUsed(byte[] hash, SessionId session, DateTimeOffset at, byte[] successor) => new(
        "UPDATE refresh_token SET used_at = $3, successor_hash = $4 WHERE hash = $1 AND session_id = $2 AND used_at IS NULL", hash, session.Value, at, successor);

    private static async Task AddSuccessorAsync(DatabaseSession transaction, TokenRotation rotation, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(AddToken(rotation.SuccessorHash, rotation.Session, rotation.At, rotation.ExpiresAt), cancellationToken);
        await transaction.ExecuteAsync(
            new Sql(
                "UPDATE session SET last_used_at = $2, remote_address = $3, agent = $4 WHERE id = $1",
                rotation.Session.Value, rotation.At, rotation.Origin.RemoteAddress, rotation.Origin.Agent),
            cancellationToken);
    }

    /// <returns>The sessions that were open.</returns>
    private static async Task<List<Guid>> EndOthersAsync(DatabaseSession transaction, NewSession session, CancellationToken cancellationToken)
    {
        // Two that begin at once would each not see the other's: they take turns.
        await transaction.ExecuteAsync(
            new Sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", session.Holder.ToString()), cancellationToken);
        return await transaction.ListAsync(
            new Sql(
                """
                UPDATE session SET ended_at = $3, end_reason = $4 WHERE holder_kind = $1 AND holder_id = $2 AND ended_at IS NULL
                RETURNING id
                """,
                (short)session.HolderKind, session.Holder, session.At, SessionEnds.Replaced),
            reader => reader.GetGuid(0),
            cancellationToken);
    }

    /// <summary>Whose chain the holder's sessions are recorded in; null for an administrator of the installation.</summary>
    private static async Task<OrganizationId?> FindOrganizationAsync(
        DatabaseSession transaction, HolderKind holderKind, Guid holder, CancellationToken cancellationToken)
    {
        string table = holderKind == HolderKind.User ? "app_user" : "gateway";
        List<OrganizationId?> found = await transaction.ListAsync(
            new Sql($"SELECT organization_id FROM {table} WHERE id = $1", holder),
            reader => reader.IsDBNull(0) ? (OrganizationId?)null : new OrganizationId(reader.GetGuid(0)),
            cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    private static Sql AddToken(byte[] hash, SessionId session, DateTimeOffset at, DateTimeOffset expiresAt) => new(
        "INSERT INTO refresh_token (hash, session_id, created_at, expires_at) VALUES ($1, $2, $3, $4)", hash, session.Value, at, expiresAt);

    private static RefreshTokenRecord ReadToken(NpgsqlDataReader reader) => new(
        new SessionId(reader.GetGuid(0)),
        (HolderKind)reader.GetInt16(1),
        reader.GetGuid(2),
        reader.GetFieldValue<DateTimeOffset>(3),
        reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4),
        reader.GetBoolean(5),
        reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetBoolean(7),
        reader.GetString(8),
        reader.IsDBNull(9) ? null : reader.GetFieldValue<byte[]>(9));
}
