using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

/// <summary>Looks at sessions: a holder's own, and many at once.</summary>
public sealed class SessionQueries(StepCloudDatabase database)
{
    /// <summary>A holder's open sessions, the last used first; what has run out of time is left out.</summary>
    public async Task<IReadOnlyList<SessionRow>> ListOpenAsync(
        HolderKind holderKind, Guid holder, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql(
                """
                SELECT s.id, s.created_at, s.last_used_at, s.remote_address, s.agent, coalesce(t.expires_at, s.ends_at), s.ends_at, s.started_by, s.case_id, s.device_id, s.device_name
                FROM session AS s LEFT JOIN refresh_token AS t ON t.session_id = s.id AND t.used_at IS NULL
                WHERE s.holder_kind = $1 AND s.holder_id = $2 AND s.ended_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > $3)
                    AND (t.expires_at > $3 OR s.case_id IS NOT NULL)
                ORDER BY s.last_used_at DESC, s.id
                """,
                (short)holderKind, holder, now),
            reader => new SessionRow(
                new SessionId(reader.GetGuid(0)), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3),
                reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5), reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
                reader.GetString(7), reader.IsDBNull(8) ? null : new CaseId(reader.GetGuid(8)), reader.IsDBNull(9) ? null : reader.GetString(9),
                reader.IsDBNull(10) ? null : reader.GetString(10)),
            cancellationToken);

    /// <summary>Whose session it is, open or not; null for none.</summary>
    public async Task<(HolderKind Kind, Guid Holder)?> FindHolderAsync(SessionId session, CancellationToken cancellationToken)
    {
        List<(HolderKind, Guid)> found = await database.ListAsync(
            new Sql("SELECT holder_kind, holder_id FROM session WHERE id = $1", session.Value),
            reader => ((HolderKind)reader.GetInt16(0), reader.GetGuid(1)), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>Those of users' sessions that are not open any more, or whose user has none of the roles.</summary>
    public async Task<IReadOnlyList<SessionId>> ListWithoutRoleAsync(
        IReadOnlyCollection<SessionId> sessions, IReadOnlyCollection<string> roles, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql(
                """
                SELECT asked.id FROM unnest($1) AS asked (id)
                WHERE NOT session_is_open(asked.id, $2) OR NOT EXISTS (
                    SELECT FROM session AS s JOIN app_user AS u ON u.id = s.holder_id WHERE s.id = asked.id AND u.roles && $3)
                """,
                sessions.Select(session => session.Value).ToArray(), now, roles.ToArray()),
            reader => new SessionId(reader.GetGuid(0)), cancellationToken);

    /// <summary>Those of the sessions that are not open any more, whichever way they have ended.</summary>
    public async Task<IReadOnlyList<SessionId>> ListEndedAsync(
        IReadOnlyCollection<SessionId> sessions, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql("SELECT id FROM unnest($1) AS id WHERE NOT session_is_open(id, $2)", sessions.Select(session => session.Value).ToArray(), now),
            reader => new SessionId(reader.GetGuid(0)), cancellationToken);
}

/// <param name="LastUsedAt">When it was last given new tokens; at most an access token's life behind its use.</param>
/// <param name="IdleUntil">It ends then unless it is used before.</param>
/// <param name="EndsAt">It ends then however much it is used; null for never.</param>
/// <param name="StartedBy">Such as `password`, `access_key`, `pairing`, `sign_in_code`.</param>
/// <param name="Case">All that a shared tablet's may bring recordings of; null for every other.</param>
/// <param name="DeviceId">What the tablet calls itself; null for every other.</param>
/// <param name="DeviceName">What people call the tablet; null for none.</param>
public sealed record SessionRow(
    SessionId Id, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, string RemoteAddress, string Agent, DateTimeOffset IdleUntil, DateTimeOffset? EndsAt,
    string StartedBy, CaseId? Case, string? DeviceId, string? DeviceName);
