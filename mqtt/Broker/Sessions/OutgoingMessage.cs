using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>How far a message has come on its way to a client.</summary>
public enum OutgoingState : byte
{
    /// <summary>Not sent yet.</summary>
    Waits,

    /// <summary>QoS 1: sent, and sent again on the next connection until it is acknowledged.</summary>
    AwaitsPubAck,

    /// <summary>QoS 2: sent, and sent again on the next connection until it is received.</summary>
    AwaitsPubRec,

    /// <summary>QoS 2: the client has it; only the PUBREL is sent again (MQTT 5.0 §4.3.3).</summary>
    AwaitsPubComp,
}

/// <summary>One message on its way to one session, with what the session's subscriptions make of it.</summary>
internal sealed class OutgoingMessage(MqttMessage message)
{
    public MqttMessage Message { get; } = message;

    /// <summary>The lower one of the message's and the subscription's (MQTT 5.0 §3.8.4).</summary>
    public QualityOfService Qos { get; init; }

    public bool Retain { get; init; }
    public ReadOnlyMemory<uint> SubscriptionIdentifiers { get; init; }

    /// <summary>The shared subscription it came by, whose other members get it should this session end. Null for most.</summary>
    public SharedGroup? Group { get; init; }

    /// <summary>Its place in the session, from 1, growing; where sessions are stored, its key.</summary>
    public long Number { get; set; }

    public OutgoingState State { get; set; }

    /// <summary>Where the store must have come to before the message may be sent; 0 in sessions that are not stored.</summary>
    public long StoredAt { get; set; }

    /// <summary>Whether it counts against the Receive Maximum of the present connection.</summary>
    public bool HoldsQuota { get; set; }

    /// <summary>The Packet Identifier follows from the number, so that a stored message keeps it without a further write.</summary>
    public ushort PacketIdentifier => PacketIdentifierOf(Number);

    public static ushort PacketIdentifierOf(long number) => (ushort)(((number - 1) % ushort.MaxValue) + 1);
}
