using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>What a server needs that shares its stores with others.</summary>
public sealed partial class MqttServer
{
    /// <summary>The clients whose sessions are here and stored, connected or not.</summary>
    public IReadOnlyList<string> StoredSessions => [.. _core.Registry.ListStored()];

    /// <summary>Whether the identity has a connection here.</summary>
    public bool IsConnected(string identityKey) => _core.Identities.Of(identityKey).Count > 0;

    /// <summary>What stands for the one level <c>+</c> of the pattern in the filters that are subscribed to, of sessions that are connected or not.</summary>
    /// <param name="pattern">Such as <c>a/+/b</c>; no other level of it is a wildcard.</param>
    public IReadOnlyList<string> ListSubscribed(string pattern) => _core.Subscriptions.ListLevels(pattern);

    /// <summary>Takes the stored session of an absent client out of memory, because another server goes on with it. False: it is connected here, or not stored.</summary>
    public async ValueTask<bool> ReleaseSessionAsync(string clientIdentifier)
    {
        await _core.WhenStoredAsync();
        if (!_core.Registry.TryLetGo(clientIdentifier)) return false;
        // What came in between.
        await _core.WhenStoredAsync();
        return true;
    }

    /// <summary>
    /// Gives up a client that has connected to another server: ends its connection with Session taken over, and takes its session out of memory. Completes when
    /// nothing of it is under way here any more, and everything is stored.
    /// </summary>
    /// <returns>False when the client has come back meanwhile, or has a session that is not stored.</returns>
    /// <exception cref="OperationCanceledException">Messages of the connection are still with the application, or the store is away.</exception>
    public async Task<bool> GiveUpSessionAsync(string clientIdentifier, CancellationToken cancellationToken)
    {
        var session = _core.Registry.Find(clientIdentifier);
        if (_core.Registry.FindConnection(clientIdentifier) is { } connection)
        {
            connection.Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.SessionTakenOver));
            await connection.WhenOverAsync().WaitAsync(cancellationToken);
            session ??= _core.Registry.Find(clientIdentifier);
        }

        // The Will of a connection that was taken over comes before whatever the client does on the next one.
        if (session is not null) await session.WillUnderWay.WaitAsync(cancellationToken);
        await ReleaseSessionAsync(clientIdentifier).AsTask().WaitAsync(cancellationToken);
        return _core.Registry.Find(clientIdentifier) is null && _core.Registry.FindConnection(clientIdentifier) is null;
    }

    /// <summary>Ends what is here of sessions that another server has by now: their connections with Session taken over, and nothing of them is stored or published.</summary>
    public void LoseSessions(IEnumerable<string> clientIdentifiers)
    {
        foreach (string client in clientIdentifiers)
        {
            if (_core.Registry.Find(client) is { Journal: not null } session) _core.Registry.Lose(session);
        }
    }

    /// <summary>Goes on with sessions of another server, as a start does with those that are stored: their Wills and their ends come when they are due. Those that are here already are left out.</summary>
    public void AddSessions(IEnumerable<StoredSession> sessions)
    {
        foreach (var session in sessions) _core.Registry.Add(session);
    }

    /// <summary>Brings retained messages to what is in the store, and routes what others have changed there to those who subscribe here. One call at a time.</summary>
    /// <param name="filters">The topics that are meant.</param>
    /// <param name="read">Reads all of these from the store.</param>
    /// <returns>How many topics have changed.</returns>
    /// <exception cref="ArgumentException">A filter is not valid.</exception>
    public async Task<int> RefreshRetainedAsync(IReadOnlyList<string> filters, Func<Task<IReadOnlyList<MqttMessage>>> read)
    {
        ArgumentNullException.ThrowIfNull(filters);
        var changed = await _core.Retained.RefreshAsync(
            [.. filters.Select(text => TopicFilter.TryParse(text, out var filter) ? filter : throw new ArgumentException($"'{text}' is no Topic Filter.", nameof(filters)))], read);
        if (RouteRetained(changed)) await _core.WhenStoredAsync();
        return changed.Count;
    }

    /// <returns>Whether something was changed that has to be stored.</returns>
    private bool RouteRetained(IReadOnlyList<MqttMessage> messages)
    {
        using var routing = _core.Router.Begin();
        foreach (var message in messages) routing.Route(message, publisher: null, isRetained: true);
        return routing.MustBeStored;
    }
}
