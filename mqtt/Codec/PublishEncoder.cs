using System.Buffers.Binary;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>PUBLISH; its form is drawn at <see cref="PublishDecoder"/>.</summary>
internal static class PublishEncoder
{
    /// <returns>In bytes, the whole packet.</returns>
    public static long Measure(in PublishPacket packet, MqttVersion version, out int propertyBytes)
    {
        if (packet.Topic.Length > ushort.MaxValue) throw new ArgumentException("The Topic Name is longer than 65,535 bytes.", nameof(packet));
        if ((packet.Qos == QualityOfService.AtMostOnce) != (packet.PacketIdentifier == 0))
            throw new ArgumentException("A Packet Identifier is needed at QoS 1 and 2, and only there [MQTT-2.2.1-2], [MQTT-2.2.1-3].", nameof(packet));

        propertyBytes = version == MqttVersion.V311 ? 0 : PropertyBytes(packet);
        var remaining = RemainingLength(packet, version, propertyBytes);
        if (remaining > VariableByteInteger.Max) throw new ArgumentException("The packet is larger than the protocol allows.", nameof(packet));
        // packet type and flags (1), Remaining Length (1 to 4), body
        return 1 + VariableByteInteger.LengthOf((uint)remaining) + remaining;
    }

    /// <param name="output">At least <paramref name="length"/> long.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="length">What <see cref="Measure"/> gave.</param>
    /// <param name="propertyBytes">What <see cref="Measure"/> gave.</param>
    public static int Write(Span<byte> output, in PublishPacket packet, MqttVersion version, int length, int propertyBytes)
    {
        output = output[..length];
        output[0] = (byte)(((int)ControlPacketType.Publish << 4) | (packet.Dup ? 0b1000 : 0) | ((int)packet.Qos << 1) | (packet.Retain ? 1 : 0));
        var position = 1;
        position += VariableByteInteger.Write(output[position..], (uint)RemainingLength(packet, version, propertyBytes));

        BinaryPrimitives.WriteUInt16BigEndian(output[position..], (ushort)packet.Topic.Length);
        packet.Topic.Span.CopyTo(output[(position + 2)..]);
        position += 2 + packet.Topic.Length;
        if (packet.PacketIdentifier != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(output[position..], packet.PacketIdentifier);
            position += 2;
        }
        if (version == MqttVersion.V500)
        {
            position += VariableByteInteger.Write(output[position..], (uint)propertyBytes);
            if (propertyBytes > 0) position += WriteProperties(output[position..], packet);
        }
        packet.Payload.Span.CopyTo(output[position..]);
        return length;
    }

    private static long RemainingLength(in PublishPacket packet, MqttVersion version, int propertyBytes) =>
        // Topic Name (2 + n), Packet Identifier (0 or 2), properties behind their length (v5), payload
        2L + packet.Topic.Length
        + (packet.PacketIdentifier == 0 ? 0 : 2)
        + (version == MqttVersion.V311 ? 0 : VariableByteInteger.LengthOf((uint)propertyBytes) + propertyBytes)
        + packet.Payload.Length;

    private static int PropertyBytes(in PublishPacket packet)
    {
        // Message Expiry Interval (1 + 4), Topic Alias (1 + 2), each Subscription Identifier (1 + 1 to 4), what travels with the message
        var bytes = (packet.MessageExpiryInterval is null ? 0 : 5) + (packet.TopicAlias == 0 ? 0 : 3);
        foreach (var identifier in packet.SubscriptionIdentifiers.Span) bytes += 1 + VariableByteInteger.LengthOf(identifier);
        return packet.Properties.IsEmpty ? bytes : bytes + packet.Properties.CarriedBytes;
    }

    private static int WriteProperties(Span<byte> output, in PublishPacket packet)
    {
        var position = 0;
        if (packet.MessageExpiryInterval is { } expiry)
        {
            output[position] = (byte)PropertyIdentifier.MessageExpiryInterval;
            BinaryPrimitives.WriteUInt32BigEndian(output[(position + 1)..], expiry);
            position += 5;
        }
        if (packet.TopicAlias != 0)
        {
            output[position] = (byte)PropertyIdentifier.TopicAlias;
            BinaryPrimitives.WriteUInt16BigEndian(output[(position + 1)..], packet.TopicAlias);
            position += 3;
        }
        foreach (var identifier in packet.SubscriptionIdentifiers.Span)
        {
            output[position++] = (byte)PropertyIdentifier.SubscriptionIdentifier;
            position += VariableByteInteger.Write(output[position..], identifier);
        }
        return position + packet.Properties.CopyCarried(output[position..]);
    }
}
