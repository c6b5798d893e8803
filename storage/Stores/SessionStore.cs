using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

public sealed class SessionStore(StepCloudDatabase database) : ISessionStore
{
    public Task CreateAsync(NewSession session, bool endOthers, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            if (endOthers)
            {
                // Two that begin at once would each not see the other's: they take turns.
                await transaction.ExecuteAsync(
                    new Sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", session.Holder.ToString()), cancellationToken);
                await transaction.ExecuteAsync(
                    new Sql(
                        "UPDATE session SET ended_at = $3, end_reason = 'replaced' WHERE holder_kind = $1 AND holder_id = $2 AND ended_at IS NULL",
                        (short)session.HolderKind, session.Holder, session.At),
                    cancellationToken);
            }

            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO session (id, holder_kind, holder_id, created_at, ends_at, last_used_at, remote_address, agent)
                    VALUES ($1, $2, $3, $4, $5, $4, $6, $7)
                    """,
                    session.Id.Value, (short)session.HolderKind, session.Holder, session.At, session.EndsAt, session.Origin.RemoteAddress,
                    session.Origin.Agent),
                cancellationToken);
            return await transaction.ExecuteAsync(
                AddToken(session.TokenHash, session.Id, session.At, session.ExpiresAt), cancellationToken);
        },
        cancellationToken);

    public Task<RefreshTokenRecord?> FindTokenAsync(byte[] tokenHash, CancellationToken cancellationToken) => database.FirstAsync(
        new Sql(
            """
            SELECT t.session_id, s.holder_kind, s.holder_id, t.expires_at, t.used_at,
                   EXISTS (SELECT FROM refresh_token AS n WHERE n.hash = t.successor_hash AND n.used_at IS NULL),
                   s.ends_at, s.ended_at IS NOT NULL
            FROM refresh_token AS t JOIN session AS s ON s.id = t.session_id WHERE t.hash = $1
            """,
            tokenHash),
        ReadToken,
        cancellationToken);

    public Task<bool> RotateAsync(TokenRotation rotation, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            // Holds the session open until the commit; whoever ends it meanwhile waits.
            List<bool> open = await transaction.ListAsync(
                new Sql("SELECT true FROM session WHERE id = $1 AND ended_at IS NULL FOR NO KEY UPDATE", rotation.Session.Value),
                _ => true, cancellationToken);
            if (open.Count == 0) return false;

            // Whoever marks the token first has rotated it; the other waits for the session and then finds it used.
            int marked = await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE refresh_token SET used_at = $3, successor_hash = $4
                    WHERE hash = $1 AND session_id = $2 AND used_at IS NULL
                    """,
                    rotation.UsedHash, rotation.Session.Value, rotation.At, rotation.SuccessorHash),
                cancellationToken);
            if (marked == 0) return false;
            await transaction.ExecuteAsync(
                AddToken(rotation.SuccessorHash, rotation.Session, rotation.At, rotation.ExpiresAt), cancellationToken);
            await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE session SET last_used_at = $2, remote_address = $3, agent = $4 WHERE id = $1",
                    rotation.Session.Value, rotation.At, rotation.Origin.RemoteAddress, rotation.Origin.Agent),
                cancellationToken);
            return true;
        },
        cancellationToken);

    public async Task<bool> EndAsync(
        SessionId session, HolderKind holderKind, Guid holder, string reason, DateTimeOffset at, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            new Sql(
                "UPDATE session SET ended_at = $5, end_reason = $4 WHERE id = $1 AND holder_kind = $2 AND holder_id = $3 AND ended_at IS NULL",
                session.Value, (short)holderKind, holder, reason, at),
            cancellationToken) == 1;

    public Task<bool> IsOpenAsync(SessionId session, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ScalarAsync<bool>(new Sql("SELECT session_is_open($1, $2)", session.Value, now), cancellationToken);

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
        reader.GetBoolean(7));
}
