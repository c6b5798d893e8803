using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Sessions;

internal enum SendResult : byte
{
    Sent,

    /// <summary>The outgoing buffer is full: try again when it has room.</summary>
    NoRoom,

    /// <summary>Over the client's Maximum Packet Size: it will never be sent.</summary>
    TooLarge,
}

/// <summary>What a session needs of the connection it is attached to.</summary>
internal interface ISessionLink
{
    /// <summary>How many QoS 1 and 2 messages may be unacknowledged: the client's Receive Maximum, or our own limit if that is lower.</summary>
    int SendQuota { get; }

    /// <summary>Appends a PUBLISH. Nothing is sent before the connection is flushed.</summary>
    SendResult TrySend(OutgoingMessage message, bool dup);

    bool HasRoom { get; }

    /// <summary>Appends a PUBREL, room or not: it answers a packet that was read, and reading stops where there is no room.</summary>
    void SendRelease(ushort packetIdentifier, ReasonCode reasonCode);

    void Flush();
}
