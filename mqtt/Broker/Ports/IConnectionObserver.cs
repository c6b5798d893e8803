using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Is told of connections and of messages that had to go. Calls come from the server's own threads, some under its locks: they must return at once and call nothing of the server.</summary>
public interface IConnectionObserver
{
    /// <param name="client">Accepted; its CONNACK is about to be written.</param>
    /// <param name="sessionPresent">Whether it resumed a session.</param>
    void Connected(ConnectedClient client, bool sessionPresent)
    {
    }

    /// <summary>Comes once for each <see cref="Connected"/>, after the last batch of the connection is done with.</summary>
    void Disconnected(ConnectedClient client, DisconnectCause cause)
    {
    }

    /// <summary>A subscription was granted, and its SUBACK is about to be written.</summary>
    void Subscribed(ConnectedClient client, TopicFilter filter)
    {
    }

    /// <summary>A client has acknowledged a message of QoS 1 or 2, which is its own from now on.</summary>
    /// <param name="reasonCode">Of its PUBACK or PUBREC; 0x80 or greater when it has refused the message.</param>
    void Delivered(string clientIdentifier, MqttMessage message, ReasonCode reasonCode)
    {
    }

    /// <summary>A message that a session should have got and will not.</summary>
    void Dropped(string clientIdentifier, MqttMessage message, DropReason reason)
    {
    }
}

/// <param name="By">Which side ended it.</param>
/// <param name="ReasonCode">Of the DISCONNECT that one side sent or would have sent in version 5.</param>
/// <param name="ReasonString">Its words, if any.</param>
public readonly record struct DisconnectCause(DisconnectedBy By, ReasonCode ReasonCode, string? ReasonString = null);

public enum DisconnectedBy : byte
{
    /// <summary>By a DISCONNECT.</summary>
    Client,

    Server,

    /// <summary>The connection broke or was closed without a DISCONNECT.</summary>
    Network,
}

public enum DropReason : byte
{
    /// <summary>The session holds as many messages or bytes as it may.</summary>
    QueueFull,

    /// <summary>The message expired before it could be sent (MQTT 5.0 §3.3.2.3.3).</summary>
    Expired,

    /// <summary>It is larger than the client's Maximum Packet Size (MQTT 5.0 §3.1.2.11.4).</summary>
    TooLarge,

    /// <summary>The session ended before the message was delivered.</summary>
    SessionEnded,
}
