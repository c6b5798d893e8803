namespace StepCloud.Mqtt.Packets;

/// <summary>One decoded Control Packet: a value, so that PUBLISH and its acknowledgements cost no allocation.</summary>
/// <remarks>
/// <see cref="Type"/> says which member holds it: <see cref="Publish"/> for PUBLISH, <see cref="Ack"/> for PUBACK,
/// PUBREC, PUBREL and PUBCOMP, nothing for PINGREQ and PINGRESP, <see cref="Body"/> for all others.
/// </remarks>
public struct MqttPacket
{
    // Written in place by the decoder: a value of this size is not to be made and copied for each packet.
    internal PublishPacket PublishValue;
    internal AckPacket AckValue;

    public MqttPacket(ControlPacketType type, object? body = null)
    {
        Type = type;
        Body = body;
    }

    public MqttPacket(in PublishPacket publish)
    {
        Type = ControlPacketType.Publish;
        PublishValue = publish;
    }

    public MqttPacket(in AckPacket ack)
    {
        Type = ack.Type;
        AckValue = ack;
    }

    public ControlPacketType Type { get; internal set; }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public readonly ref readonly PublishPacket Publish => ref PublishValue;

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public readonly ref readonly AckPacket Ack => ref AckValue;

    /// <summary>The packet class that <see cref="Type"/> names, such as a <see cref="ConnectPacket"/>.</summary>
    public object? Body { get; internal set; }
}
