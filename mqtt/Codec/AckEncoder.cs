using System.Buffers;
using System.Buffers.Binary;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>PUBACK, PUBREC, PUBREL and PUBCOMP; their form is drawn at <see cref="AckDecoder"/>.</summary>
internal static class AckEncoder
{
    /// <summary>Without properties: 4 bytes, or 5 where a Reason Code other than Success is to be said (MQTT 5.0 §3.4.2.1).</summary>
    public static bool EncodeShort(IBufferWriter<byte> output, in AckPacket packet, in EncoderSettings settings)
    {
        CheckPacketIdentifier(packet);
        var length = settings.Version == MqttVersion.V311 || packet.ReasonCode == ReasonCode.Success ? 4 : 5;
        if (length > settings.MaximumPacketSize) return false;
        var span = output.GetSpan(length);
        span[0] = (byte)(((int)packet.Type << 4) | (packet.Type == ControlPacketType.PubRel ? 0b0010 : 0));
        span[1] = (byte)(length - 2);
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], packet.PacketIdentifier);
        if (length == 5) span[4] = (byte)packet.ReasonCode;
        output.Advance(length);
        return true;
    }

    public static void Write(ref PacketWriter writer, AckPacket packet)
    {
        CheckPacketIdentifier(packet);
        writer.WriteUInt16(packet.PacketIdentifier);
        var propertyBytes = writer.MeasureProperties(packet, WriteProperties);
        if (propertyBytes == 0 && packet.ReasonCode == ReasonCode.Success) return;
        writer.WriteByte((byte)packet.ReasonCode);
        if (propertyBytes > 0) writer.WriteProperties(packet, WriteProperties);
    }

    private static void WriteProperties(ref PacketWriter writer, AckPacket packet)
    {
        writer.WriteReasonString(packet.ReasonString);
        writer.WriteUserProperties(packet.UserProperties);
    }

    private static void CheckPacketIdentifier(in AckPacket packet)
    {
        if (packet.PacketIdentifier == 0) throw new ArgumentException("The Packet Identifier is 0.", nameof(packet));
    }
}
