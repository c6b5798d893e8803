using System.Runtime.CompilerServices;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>The Reason String and the User Properties that all acknowledgements may carry.</summary>
internal struct AckProperties
{
    public string? ReasonString;
    public List<UserProperty>? UserProperties;

    public static AckProperties Decode(ref PacketReader reader)
    {
        var found = default(AckProperties);
        var properties = new PropertyReader(ref reader, PropertySets.Ack);
        while (properties.TryNext(ref reader, out var identifier))
        {
            if (identifier == PropertyIdentifier.ReasonString) found.ReasonString = reader.ReadString();
            else (found.UserProperties ??= []).Add(reader.ReadUserProperty());
        }
        return found;
    }
}

/// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP (MQTT 5.0 §3.4 to §3.7).</summary>
/// <remarks>
/// <code>
/// Packet Identifier | Reason Code (v5; left out: Success) | properties (v5; left out: none)
/// </code>
/// </remarks>
internal static class AckDecoder
{
    /// <remarks>Not inlined: its temporaries would be cleared for every packet of every other type.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Decode(ControlPacketType type, ref PacketReader reader, MqttVersion version, out AckPacket packet)
    {
        var packetIdentifier = reader.ReadPacketIdentifier();
        if (version == MqttVersion.V311 || reader.Remaining == 0) packet = new AckPacket(type, packetIdentifier);
        else packet = DecodeExplained(type, packetIdentifier, ref reader);
    }

    private static AckPacket DecodeExplained(ControlPacketType type, ushort packetIdentifier, ref PacketReader reader)
    {
        var code = (ReasonCode)reader.ReadByte();
        var codes = type is ControlPacketType.PubAck or ControlPacketType.PubRec
            ? ReasonCodeSets.PublishReceived
            : ReasonCodeSets.PublishReleased;
        if (!codes.Contains(code)) reader.Fail(Violations.UnknownReasonCode);
        if (reader.Remaining == 0) return new AckPacket(type, packetIdentifier, code);

        var properties = AckProperties.Decode(ref reader);
        return new AckPacket(type, packetIdentifier, code)
        {
            ReasonString = properties.ReasonString,
            UserProperties = properties.UserProperties ?? (IReadOnlyList<UserProperty>)[],
        };
    }
}
