namespace StepCloud.Mqtt.Packets;

/// <summary>One decoded Control Packet: a value, so that PUBLISH and its acknowledgements cost no allocation.</summary>
/// <remarks>
/// <see cref="Type"/> says which member holds it: <see cref="Publish"/> for PUBLISH, <see cref="Ack"/> for PUBACK,
/// PUBREC, PUBREL and PUBCOMP, nothing for PINGREQ and PINGRESP, <see cref="Body"/> for all others.
/// </remarks>
public readonly struct MqttPacket
{
    private readonly PublishPacket _publish;
    private readonly AckPacket _ack;

    public MqttPacket(ControlPacketType type, object? body = null)
    {
        Type = type;
        Body = body;
    }

    public MqttPacket(in PublishPacket publish)
    {
        Type = ControlPacketType.Publish;
        _publish = publish;
    }

    public MqttPacket(in AckPacket ack)
    {
        Type = ack.Type;
        _ack = ack;
    }

    public ControlPacketType Type { get; }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref readonly PublishPacket Publish => ref _publish;

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref readonly AckPacket Ack => ref _ack;

    /// <summary>The packet class that <see cref="Type"/> names, such as a <see cref="ConnectPacket"/>.</summary>
    public object? Body { get; }
}
