using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Reads whether sessions are open, and for what: of all that is asked for while one question is under way, the next one asks together.</summary>
/// <remarks>An answer was read after it was asked for: whatever was committed before is in it.</remarks>
public sealed class OpenSessionReads(StepCloudDatabase database, TimeProvider clock)
{
    private readonly GatheredReads<SessionId, OpenSession> _reads = new(sessions => ReadAsync(database, sessions, clock.GetUtcNow()), clock);

    /// <returns>Null when the session is not open.</returns>
    /// <exception cref="StorageException">The database did not answer.</exception>
    public Task<OpenSession?> FindAsync(SessionId session, CancellationToken cancellationToken) => _reads.FindAsync(session, cancellationToken);

    private static async Task<IReadOnlyDictionary<SessionId, OpenSession>> ReadAsync(
        StepCloudDatabase database, IReadOnlyCollection<SessionId> sessions, DateTimeOffset now)
    {
        // For whoever waits, not for one of them: it ends by itself, by the time-out of statements.
        List<OpenSession> open = await database.ListAsync(
            new Sql(
                """
                SELECT s.id, coalesce(u.roles, '{}'), s.started_by, s.case_id
                FROM open_sessions($1, $2) AS open_session (id) JOIN session AS s ON s.id = open_session.id
                LEFT JOIN app_user AS u ON s.holder_kind = 1 AND u.id = s.holder_id
                """,
                sessions.Select(session => session.Value).ToArray(), now),
            row => new OpenSession(
                new SessionId(row.GetGuid(0)), row.GetFieldValue<string[]>(1), row.GetString(2), row.IsDBNull(3) ? null : new CaseId(row.GetGuid(3))),
            CancellationToken.None);
        return open.ToDictionary(session => session.Id);
    }
}

/// <param name="Roles">That its holder has now, a token may be older than they are; none for a gateway.</param>
/// <param name="StartedBy">Such as `password`, `access_key`, `sign_in_code`.</param>
/// <param name="Case">All that it may bring something of; null for one that may what its holder may.</param>
public sealed record OpenSession(SessionId Id, IReadOnlyList<string> Roles, string StartedBy, CaseId? Case);
