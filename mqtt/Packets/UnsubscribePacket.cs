namespace StepCloud.Mqtt.Packets;

/// <summary>UNSUBSCRIBE (MQTT 5.0 §3.10).</summary>
public sealed class UnsubscribePacket
{
    public required ushort PacketIdentifier { get; init; }
    public required IReadOnlyList<string> TopicFilters { get; init; }
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}

/// <summary>UNSUBACK (MQTT 5.0 §3.11): one Reason Code for each Topic Filter, in their order; 3.1.1 has none of them.</summary>
public sealed class UnsubAckPacket
{
    public required ushort PacketIdentifier { get; init; }
    public IReadOnlyList<ReasonCode> ReasonCodes { get; init; } = [];
    public string? ReasonString { get; init; }
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}
