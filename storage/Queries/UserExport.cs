using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>All that is known of a user, for him.</summary>
/// <param name="Sessions">All that are kept, ended ones too, newest first.</param>
/// <param name="Audit">Entries by him and about him in his organization's chain (an administrator's: the installation's), newest first.</param>
public sealed record UserContents(UserRow User, IReadOnlyList<KeptSession> Sessions, IReadOnlyList<AuditEntry> Audit);

/// <param name="EndReason">Null while it is open.</param>
/// <param name="DeviceId">Of a shared tablet's: what that calls itself.</param>
/// <param name="DeviceName">Of a shared tablet's: what people call it.</param>
public sealed record KeptSession(
    SessionId Id, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, string RemoteAddress, string Agent, string StartedBy, DateTimeOffset? EndedAt, string? EndReason,
    string? DeviceId, string? DeviceName);

/// <summary>Reads all that is known of a user, and enters that it was handed out before it is.</summary>
public sealed class UserExport(StepCloudDatabase database, UserQueries users, AuditTrail trail, AuditQueries audit)
{
    /// <returns>Null when there is no such user.</returns>
    public async Task<UserContents?> ReadAsync(UserId id, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (await users.FindAsync(organization: null, id, cancellationToken) is not { } user) return null;
        List<KeptSession> sessions = await database.ListAsync(
            new Sql(
                """
                SELECT id, created_at, last_used_at, remote_address, agent, started_by, ended_at, end_reason, device_id, device_name FROM session
                WHERE holder_kind = 1 AND holder_id = $1 ORDER BY created_at DESC, id
                """,
                id.Value),
            row => new KeptSession(
                new SessionId(row.GetGuid(0)), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3), row.GetString(4), row.GetString(5),
                row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? null : row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8),
                row.IsDBNull(9) ? null : row.GetString(9)),
            cancellationToken);
        await trail.AppendAsync(
            new NewAuditEntry(
                user.Organization, doer, AuditActions.UserExported, new AuditSubject(AuditSubject.User, id.Value), New: AuditValues.Of(new { Sessions = sessions.Count })),
            cancellationToken);
        List<AuditEntry> by = await audit.ListAllAsync(user.Organization, new AuditFilter(Doer: id.Value), cancellationToken);
        List<AuditEntry> about = await audit.ListAllAsync(user.Organization, new AuditFilter(AuditSubject.User, id.ToString()), cancellationToken);
        return new UserContents(user, sessions, [.. by.Concat(about).DistinctBy(entry => entry.Sequence).OrderByDescending(entry => entry.Sequence)]);
    }
}
