namespace StepCloud.Mqtt.Packets;

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP: four packets of one shape (MQTT 5.0 §3.4 to §3.7).</summary>
/// <param name="Type">Which of the four.</param>
/// <param name="PacketIdentifier">Never 0.</param>
/// <param name="ReasonCode">Not on the wire in 3.1.1.</param>
public readonly record struct AckPacket(ControlPacketType Type, ushort PacketIdentifier, ReasonCode ReasonCode = ReasonCode.Success)
{
    public string? ReasonString { get; init; }
    public IReadOnlyList<UserProperty> UserProperties { get => field ?? []; init; }
}
