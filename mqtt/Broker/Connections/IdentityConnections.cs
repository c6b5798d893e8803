namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>The connections of each identity: to count them, to hold them to one rate, and to close all of them at once.</summary>
internal sealed class IdentityConnections
{
    private readonly Dictionary<string, Entry> _byKey = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>False when the identity has as many as it may, not counting the one that is about to be taken over.</summary>
    public bool TryAdd(ClientConnection connection, string key, ClientConnection? instead, int max)
    {
        lock (_gate)
        {
            if (!_byKey.TryGetValue(key, out var entry)) _byKey[key] = entry = new Entry();
            var connections = entry.Connections;
            int count = connections.Count - (instead is not null && connections.Contains(instead) ? 1 : 0);
            if (count >= max) return false;
            connections.Add(connection);
            connection.IdentityKey = key;
            return true;
        }
    }

    public void Remove(ClientConnection connection)
    {
        if (connection.IdentityKey is not { } key) return;
        lock (_gate)
        {
            if (!_byKey.TryGetValue(key, out var entry) || !entry.Connections.Remove(connection)) return;
            if (entry.Connections.Count == 0) _byKey.Remove(key);
        }
    }

    public IReadOnlyList<ClientConnection> Of(string key)
    {
        lock (_gate) return _byKey.TryGetValue(key, out var entry) ? [.. entry.Connections] : [];
    }

    /// <summary>The one rate of an identity that is connected; the first of its connections sets it.</summary>
    public PublishRate? RateOf(string key, int perSecond, long now)
    {
        lock (_gate) return perSecond > 0 && _byKey.TryGetValue(key, out var entry) ? entry.Rate ??= new PublishRate(perSecond, now) : null;
    }

    private sealed class Entry
    {
        public HashSet<ClientConnection> Connections { get; } = [];

        public PublishRate? Rate { get; set; }
    }
}
