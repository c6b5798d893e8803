using System.Buffers;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>
/// Writes Control Packets. Pure: each is measured, then written in one piece, or, if the peer would not take it, not at all.
/// </summary>
/// <remarks>
/// All return false, with nothing written, when the packet is over the peer's Maximum Packet Size even without Reason
/// String and User Properties, which an acknowledgement, CONNACK, DISCONNECT and AUTH give up in that case, User
/// Properties first [MQTT-3.4.2-2], [MQTT-3.4.2-3]. A packet that the standard has no bytes for is the caller's error:
/// <see cref="ArgumentException"/>.
/// </remarks>
public static class MqttEncoder
{
    /// <summary>In the version that the packet itself names; the peer's limits are not known yet.</summary>
    public static bool Encode(IBufferWriter<byte> output, ConnectPacket packet) =>
        Encode(output, packet, ControlPacketType.Connect, ConnectEncoder.Write, new EncoderSettings(packet.Version), PacketDetail.All, PacketDetail.All);

    public static bool Encode(IBufferWriter<byte> output, ConnAckPacket packet, in EncoderSettings settings) =>
        Encode(output, packet, ControlPacketType.ConnAck, ConnAckEncoder.Write, settings, PacketDetail.All);

    /// <summary>Nothing of a PUBLISH gives way; copies the bytes it refers to and allocates nothing.</summary>
    public static bool Encode(IBufferWriter<byte> output, in PublishPacket packet, in EncoderSettings settings)
    {
        var length = PublishEncoder.Measure(packet, settings.Version, out var propertyBytes);
        if (length > settings.MaximumPacketSize) return false;
        output.Advance(PublishEncoder.Write(output.GetSpan((int)length), packet, settings.Version, (int)length, propertyBytes));
        return true;
    }

    /// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP; allocates nothing.</summary>
    public static bool Encode(IBufferWriter<byte> output, in AckPacket packet, in EncoderSettings settings)
    {
        if (settings.Version == MqttVersion.V311 || packet is { ReasonString: null, UserProperties.Count: 0 })
            return AckEncoder.EncodeShort(output, packet, settings);
        return Encode(output, packet, packet.Type, AckEncoder.Write, settings, AckDetail(settings));
    }

    public static bool Encode(IBufferWriter<byte> output, SubscribePacket packet, in EncoderSettings settings) =>
        Encode(output, packet, ControlPacketType.Subscribe, SubscribeEncoder.Write, settings, PacketDetail.All, PacketDetail.All);

    public static bool Encode(IBufferWriter<byte> output, SubAckPacket packet, in EncoderSettings settings) =>
        Encode(output, packet, ControlPacketType.SubAck, SubscribeEncoder.Write, settings, AckDetail(settings));

    public static bool Encode(IBufferWriter<byte> output, UnsubscribePacket packet, in EncoderSettings settings) =>
        Encode(output, packet, ControlPacketType.Unsubscribe, SubscribeEncoder.Write, settings, PacketDetail.All, PacketDetail.All);

    public static bool Encode(IBufferWriter<byte> output, UnsubAckPacket packet, in EncoderSettings settings) =>
        Encode(output, packet, ControlPacketType.UnsubAck, SubscribeEncoder.Write, settings, AckDetail(settings));

    public static bool Encode(IBufferWriter<byte> output, DisconnectPacket packet, in EncoderSettings settings) =>
        Encode(output, packet, ControlPacketType.Disconnect, DisconnectEncoder.Write, settings, PacketDetail.All);

    public static bool Encode(IBufferWriter<byte> output, AuthPacket packet, in EncoderSettings settings) =>
        Encode(output, packet, ControlPacketType.Auth, DisconnectEncoder.Write, settings, AckDetail(settings));

    public static void EncodePingReq(IBufferWriter<byte> output) => output.Write<byte>([(byte)ControlPacketType.PingReq << 4, 0]);

    public static void EncodePingResp(IBufferWriter<byte> output) => output.Write<byte>([(byte)ControlPacketType.PingResp << 4, 0]);

    /// <summary>In bytes, the whole packet: to encode once by <see cref="Write"/> what goes to many.</summary>
    public static long GetLength(in PublishPacket packet, MqttVersion version) => PublishEncoder.Measure(packet, version, out _);

    /// <summary>Writes a PUBLISH whose <see cref="GetLength"/> the span is long enough for.</summary>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> output, in PublishPacket packet, MqttVersion version)
    {
        var length = PublishEncoder.Measure(packet, version, out var propertyBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, output.Length, nameof(output));
        return PublishEncoder.Write(output, packet, version, (int)length, propertyBytes);
    }

    private static PacketDetail AckDetail(in EncoderSettings settings) =>
        settings.ProblemInformation ? PacketDetail.All : PacketDetail.NoReasonString;

    private static bool Encode<TPacket>(
        IBufferWriter<byte> output, TPacket packet, ControlPacketType type, BodyEncoder<TPacket> encode,
        in EncoderSettings settings, PacketDetail most, PacketDetail least = PacketDetail.NoReasonString)
    {
        for (var detail = most; detail <= least; detail++)
        {
            var measure = PacketWriter.Measure(settings.Version, detail);
            encode(ref measure, packet);
            // packet type and flags (1), Remaining Length (1 to 4), body
            var length = 1 + VariableByteInteger.LengthOf((uint)measure.Length) + (long)measure.Length;
            if (measure.Length > VariableByteInteger.Max || length > settings.MaximumPacketSize) continue;

            var writer = new PacketWriter(output.GetSpan((int)length), settings.Version, detail);
            var flags = type is ControlPacketType.PubRel or ControlPacketType.Subscribe or ControlPacketType.Unsubscribe ? 0b0010 : 0;
            writer.WriteByte((byte)(((int)type << 4) | flags));
            writer.WriteVariableByteInteger((uint)measure.Length);
            encode(ref writer, packet);
            output.Advance(writer.Length);
            return true;
        }
        return false;
    }
}
