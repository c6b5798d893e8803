namespace StepCloud.Storage;

/// <summary>Changes to sessions, folded while they are added: what is left is the last word on each row, so that each table is written once.</summary>
/// <remarks>Writing the same changes a second time leads to the same rows: an unknown commit may be tried again.</remarks>
public sealed class MqttSessionChanges
{
    private readonly Dictionary<string, OfClient> _clients = new(StringComparer.Ordinal);

    internal IEnumerable<string> Clients => _clients.Keys;

    /// <summary>To be deleted first, with all that belongs to them.</summary>
    internal IEnumerable<string> RemovedSessions => _clients.Where(pair => pair.Value.IsRemoved).Select(pair => pair.Key);

    internal IEnumerable<MqttSessionRow> Sessions => _clients.Values.Select(client => client.Session).OfType<MqttSessionRow>();

    internal IEnumerable<MqttSubscriptionRow> Subscriptions => _clients.Values.SelectMany(client => client.Subscriptions.Values).OfType<MqttSubscriptionRow>();

    internal IEnumerable<(string Client, string Filter)> RemovedSubscriptions => Keys(client => client.Subscriptions, row => row is null);

    internal IEnumerable<MqttMessageRow> Messages => _clients.Values.SelectMany(client => client.Messages.Values).Select(change => change.Row).OfType<MqttMessageRow>();

    /// <summary>Messages that are stored already and have come further.</summary>
    internal IEnumerable<(string Client, long Number, byte State)> MovedMessages => _clients.SelectMany(pair => pair.Value.Messages
        .Where(message => message.Value is { Row: null, State: not null })
        .Select(message => (pair.Key, message.Key, message.Value.State!.Value)));

    internal IEnumerable<(string Client, long Number)> RemovedMessages => Keys(client => client.Messages, change => change is { Row: null, State: null });

    internal IEnumerable<(string Client, ushort Identifier)> Inbound => Keys(client => client.Inbound, isHeld => isHeld);

    internal IEnumerable<(string Client, ushort Identifier)> RemovedInbound => Keys(client => client.Inbound, isHeld => !isHeld);

    public void Save(MqttSessionRow session) => Of(session.ClientId).Session = session;

    public void RemoveSession(string client) => _clients[client] = new OfClient { IsRemoved = true };

    public void Save(MqttSubscriptionRow subscription) => Of(subscription.ClientId).Subscriptions[subscription.TopicFilter] = subscription;

    public void RemoveSubscription(string client, string filter) => Of(client).Subscriptions[filter] = null;

    public void Save(MqttMessageRow message) => Of(message.ClientId).Messages[message.Number] = new MessageChange(message, null);

    public void MoveMessage(string client, long number, byte state)
    {
        Dictionary<long, MessageChange> messages = Of(client).Messages;
        messages[number] = messages.TryGetValue(number, out MessageChange earlier) && earlier.Row is { } row
            ? new MessageChange(row with { State = state }, null)
            : new MessageChange(null, state);
    }

    public void RemoveMessage(string client, long number) => Of(client).Messages[number] = default;

    public void SaveInbound(string client, ushort packetIdentifier) => Of(client).Inbound[packetIdentifier] = true;

    public void RemoveInbound(string client, ushort packetIdentifier) => Of(client).Inbound[packetIdentifier] = false;

    /// <summary>The same without the changes of all other clients.</summary>
    internal MqttSessionChanges Only(Func<string, bool> isMeant)
    {
        MqttSessionChanges some = new();
        foreach ((string client, OfClient changes) in _clients.Where(pair => isMeant(pair.Key))) some._clients[client] = changes;
        return some;
    }

    private OfClient Of(string client)
    {
        if (!_clients.TryGetValue(client, out OfClient? changes)) _clients[client] = changes = new OfClient();
        return changes;
    }

    private IEnumerable<(string Client, TKey Key)> Keys<TKey, TValue>(Func<OfClient, Dictionary<TKey, TValue>> table, Func<TValue, bool> test)
        where TKey : notnull =>
        _clients.SelectMany(pair => table(pair.Value).Where(row => test(row.Value)).Select(row => (pair.Key, row.Key)));

    private sealed class OfClient
    {
        public bool IsRemoved { get; init; }

        public MqttSessionRow? Session { get; set; }

        /// <summary>Null: delete it.</summary>
        public Dictionary<string, MqttSubscriptionRow?> Subscriptions { get; } = new(StringComparer.Ordinal);

        public Dictionary<long, MessageChange> Messages { get; } = [];

        /// <summary>False: delete it.</summary>
        public Dictionary<ushort, bool> Inbound { get; } = [];
    }

    /// <summary>A row: save it whole. A state: the stored one has come further. Neither: delete it.</summary>
    private readonly record struct MessageChange(MqttMessageRow? Row, byte? State);
}
