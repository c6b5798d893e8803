using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Looks at many sessions at once.</summary>
public sealed class SessionQueries(StepCloudDatabase database)
{
    /// <summary>Those of the sessions that are not open any more, whichever way they have ended.</summary>
    public async Task<IReadOnlyList<SessionId>> ListEndedAsync(
        IReadOnlyCollection<SessionId> sessions, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ListAsync(
            new Sql("SELECT id FROM unnest($1) AS id WHERE NOT session_is_open(id, $2)", sessions.Select(session => session.Value).ToArray(), now),
            reader => new SessionId(reader.GetGuid(0)), cancellationToken);
}
