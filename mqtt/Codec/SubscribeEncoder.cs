using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK; their forms are drawn at <see cref="SubscribeDecoder"/>.</summary>
internal static class SubscribeEncoder
{
    public static void Write(ref PacketWriter writer, SubscribePacket packet)
    {
        writer.WriteUInt16(packet.PacketIdentifier);
        writer.WriteProperties(packet, static (ref PacketWriter writer, SubscribePacket packet) =>
        {
            if (packet.SubscriptionIdentifier is { } identifier) writer.WriteSubscriptionIdentifier(identifier);
            writer.WriteUserProperties(packet.UserProperties);
        });
        foreach (var subscription in packet.Subscriptions)
        {
            writer.WriteString(subscription.TopicFilter);
            writer.WriteByte(Options(subscription, writer.Version));
        }
    }

    public static void Write(ref PacketWriter writer, UnsubscribePacket packet)
    {
        writer.WriteUInt16(packet.PacketIdentifier);
        writer.WriteProperties(packet, static (ref PacketWriter writer, UnsubscribePacket packet) =>
            writer.WriteUserProperties(packet.UserProperties));
        foreach (var filter in packet.TopicFilters) writer.WriteString(filter);
    }

    public static void Write(ref PacketWriter writer, SubAckPacket packet)
    {
        writer.WriteUInt16(packet.PacketIdentifier);
        writer.WriteProperties(packet, static (ref PacketWriter writer, SubAckPacket packet) =>
        {
            writer.WriteReasonString(packet.ReasonString);
            writer.WriteUserProperties(packet.UserProperties);
        });
        foreach (var code in packet.ReasonCodes)
        {
            // MQTT 3.1.1 §3.9.3 knows one failure.
            var isPlainFailure = writer.Version == MqttVersion.V311 && code.IsFailure();
            writer.WriteByte((byte)(isPlainFailure ? ReasonCode.UnspecifiedError : code));
        }
    }

    public static void Write(ref PacketWriter writer, UnsubAckPacket packet)
    {
        writer.WriteUInt16(packet.PacketIdentifier);
        writer.WriteProperties(packet, static (ref PacketWriter writer, UnsubAckPacket packet) =>
        {
            writer.WriteReasonString(packet.ReasonString);
            writer.WriteUserProperties(packet.UserProperties);
        });
        if (writer.Version == MqttVersion.V311) return;
        foreach (var code in packet.ReasonCodes) writer.WriteByte((byte)code);
    }

    private static byte Options(Subscription subscription, MqttVersion version)
    {
        if (version == MqttVersion.V311) return (byte)subscription.MaximumQos;
        return (byte)((int)subscription.MaximumQos
            | (subscription.NoLocal ? 0x04 : 0)
            | (subscription.RetainAsPublished ? 0x08 : 0)
            | ((int)subscription.RetainHandling << 4));
    }
}
