namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>The connections of each identity: to count them, and to close all of them at once.</summary>
internal sealed class IdentityConnections
{
    private readonly Dictionary<string, HashSet<ClientConnection>> _byKey = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>False when the identity has as many as it may, not counting the one that is about to be taken over.</summary>
    public bool TryAdd(ClientConnection connection, string key, ClientConnection? instead, int max)
    {
        lock (_gate)
        {
            if (!_byKey.TryGetValue(key, out var connections)) _byKey[key] = connections = [];
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
            if (!_byKey.TryGetValue(key, out var connections) || !connections.Remove(connection)) return;
            if (connections.Count == 0) _byKey.Remove(key);
        }
    }

    public IReadOnlyList<ClientConnection> Of(string key)
    {
        lock (_gate) return _byKey.TryGetValue(key, out var connections) ? [.. connections] : [];
    }
}
