using System.Runtime.CompilerServices;

namespace StepCloud.Storage;

/// <summary>The stored sessions of the MQTT server.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class MqttSessionStore(StepCloudDatabase database)
{
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

    /// <summary>Commits all of the changes or none. What belongs to a session that is not stored is left out.</summary>
    public Task SaveAsync(MqttSessionChanges changes, CancellationToken cancellationToken) => database.InTransactionAsync(
        async session =>
        {
            foreach (Sql statement in MqttSessionWrites.Statements(changes)) await session.ExecuteAsync(statement, cancellationToken);
            return true;
        },
        cancellationToken);
}
