namespace StepCloud.Api.Mqtt.Relay;

/// <summary>The other nodes of a cluster, as far as live steps go to them. One process alone has none.</summary>
public interface IOtherNodes
{
    /// <summary>The names of those that are there.</summary>
    IReadOnlyList<string> List();

    /// <summary>Tells a node which gateways are watched at this one.</summary>
    /// <exception cref="Exception">The node has not heard it, or not said so.</exception>
    Task WatchAsync(string node, WatchedGateways watched);

    /// <summary>Brings messages to a node, to those who watch there.</summary>
    /// <exception cref="Exception">The node has not got them, or not said so.</exception>
    Task PublishAsync(string node, IReadOnlyList<RelayedMessage> messages);
}

/// <summary>What the other nodes call here.</summary>
public interface ILiveRelay
{
    /// <summary>Replaces what the node has said before, if that was earlier. It holds for a few seconds, and is said again.</summary>
    void Watches(string node, WatchedGateways watched);

    /// <summary>Completes when all who watch here have them, or their sessions do.</summary>
    Task PublishAsync(IReadOnlyList<RelayedMessage> messages);
}

/// <param name="Number">Grows with whatever a node says.</param>
public sealed record WatchedGateways(long Number, IReadOnlyList<Guid> Gateways);

/// <summary>A message that a gateway has published at another node.</summary>
/// <param name="Properties">As they are encoded in MQTT 5.0.</param>
/// <param name="Qos">0 to 2.</param>
public sealed record RelayedMessage(string Topic, byte[] Payload, byte[] Properties, byte Qos, DateTimeOffset? ExpiresAt)
{
    /// <summary>Bytes, about.</summary>
    internal int Cost => Payload.Length + Properties.Length + Topic.Length + 128;
}
