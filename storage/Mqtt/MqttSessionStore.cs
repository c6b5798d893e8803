using System.Runtime.CompilerServices;
using StepCloud.Storage.Cluster;

namespace StepCloud.Storage;

/// <summary>The stored sessions of the MQTT server.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class MqttSessionStore(StepCloudDatabase database, ThisNode self)
{
    private static readonly IReadOnlyCollection<string> None = [];

    /// <summary>Sessions read at a time: what the start of a server holds in memory beside the sessions themselves.</summary>
    private const int PageSize = 200;

    public async IAsyncEnumerable<MqttWholeSession> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string after = "";
        while (true)
        {
            IReadOnlyList<MqttWholeSession> page = await database.ReadAsync(
                session => MqttSessionReads.PageAsync(session, after, PageSize, cancellationToken), cancellationToken);
            foreach (MqttWholeSession whole in page) yield return whole;
            if (page.Count < PageSize) yield break;
            after = page[^1].Session.ClientId;
        }
    }

    public Task<MqttWholeSession?> FindAsync(string clientId, CancellationToken cancellationToken) =>
        database.ReadAsync(session => MqttSessionReads.FindAsync(session, clientId, cancellationToken), cancellationToken);

    /// <summary>Commits all of the changes or none. What belongs to a session that is not stored is left out, and whatever belongs to one of another node.</summary>
    /// <returns>The clients whose sessions are another node's.</returns>
    public Task<IReadOnlyCollection<string>> SaveAsync(MqttSessionChanges changes, CancellationToken cancellationToken) => database.InTransactionAsync(
        session => self.IsOneOfMany ? SaveOwnAsync(session, changes, cancellationToken) : SaveAllAsync(session, changes, cancellationToken),
        cancellationToken);

    private static async Task<IReadOnlyCollection<string>> SaveAllAsync(
        DatabaseSession session, MqttSessionChanges changes, CancellationToken cancellationToken)
    {
        if (MqttSessionWrites.Removal(changes) is { } removal) await session.ExecuteAsync(removal, cancellationToken);
        if (MqttSessionWrites.Sessions(changes, node: null) is { } sessions) await session.ExecuteAsync(sessions, cancellationToken);
        foreach (Sql statement in MqttSessionWrites.Contents(changes)) await session.ExecuteAsync(statement, cancellationToken);
        return None;
    }

    /// <remarks>
    /// The rows are locked first, in their order, so that none changes its node before this commits. One that is not there can be made by another node at any
    /// moment: then the insert decides whose it is, and nothing is written beside a row that was not seen to be this node's.
    /// </remarks>
    private async Task<IReadOnlyCollection<string>> SaveOwnAsync(DatabaseSession session, MqttSessionChanges changes, CancellationToken cancellationToken)
    {
        Dictionary<string, bool> isOwn = (await session.ListAsync(
            new Sql(
                """
                SELECT client_id, node IS NOT DISTINCT FROM $2 FROM mqtt_session
                WHERE client_id = ANY($1) ORDER BY client_id FOR NO KEY UPDATE
                """,
                changes.Clients.ToArray(), self.Id),
            row => (Client: row.GetString(0), IsOwn: row.GetBoolean(1)), cancellationToken)).ToDictionary(row => row.Client, row => row.IsOwn, StringComparer.Ordinal);
        HashSet<string> lost = new(isOwn.Where(row => !row.Value).Select(row => row.Key), StringComparer.Ordinal);
        HashSet<string> begun = new(StringComparer.Ordinal);
        foreach (MqttSessionRow row in changes.Sessions.Where(row => !isOwn.ContainsKey(row.ClientId)))
        {
            // Only a connected client's session begins. One that was left and is not there any more, another node has ended.
            if (row.LeftAt is null) begun.Add(row.ClientId);
            else lost.Add(row.ClientId);
        }

        MqttSessionChanges own = changes.Only(client => begun.Contains(client) || isOwn.GetValueOrDefault(client));
        if (MqttSessionWrites.Removal(own) is { } removal) await session.ExecuteAsync(removal, cancellationToken);
        if (MqttSessionWrites.Sessions(own, self.Id) is { } sessions)
        {
            begun.ExceptWith(await session.ListAsync(sessions, row => row.GetString(0), cancellationToken));
            lost.UnionWith(begun);
            own = own.Only(client => !lost.Contains(client));
        }

        foreach (Sql statement in MqttSessionWrites.Contents(own)) await session.ExecuteAsync(statement, cancellationToken);
        return lost;
    }
}
