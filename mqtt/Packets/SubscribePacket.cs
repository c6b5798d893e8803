namespace StepCloud.Mqtt.Packets;

/// <summary>When retained messages are sent at SUBSCRIBE (MQTT 5.0 §3.8.3.1).</summary>
public enum RetainHandling : byte
{
    SendAtSubscribe = 0,
    SendIfNew = 1,
    DoNotSend = 2,
}

/// <summary>One Topic Filter with its Subscription Options (MQTT 5.0 §3.8.3.1); 3.1.1 has only the QoS of them.</summary>
/// <param name="TopicFilter">As sent, with a leading <c>$share/{ShareName}/</c> if shared.</param>
/// <param name="MaximumQos">The highest QoS the Client wants to receive at.</param>
public readonly record struct Subscription(string TopicFilter, QualityOfService MaximumQos)
{
    public bool NoLocal { get; init; }
    public bool RetainAsPublished { get; init; }
    public RetainHandling RetainHandling { get; init; }
}

/// <summary>SUBSCRIBE (MQTT 5.0 §3.8).</summary>
public sealed class SubscribePacket
{
    public required ushort PacketIdentifier { get; init; }
    public required IReadOnlyList<Subscription> Subscriptions { get; init; }

    /// <summary>1 to 268,435,455; null: none.</summary>
    public uint? SubscriptionIdentifier { get; init; }

    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}

/// <summary>SUBACK (MQTT 5.0 §3.9): one Reason Code for each Subscription, in their order.</summary>
public sealed class SubAckPacket
{
    public required ushort PacketIdentifier { get; init; }
    public required IReadOnlyList<ReasonCode> ReasonCodes { get; init; }
    public string? ReasonString { get; init; }
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}
