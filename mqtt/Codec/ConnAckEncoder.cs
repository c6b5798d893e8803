using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>CONNACK; its form is drawn at <see cref="ConnAckDecoder"/>.</summary>
internal static class ConnAckEncoder
{
    public static void Write(ref PacketWriter writer, ConnAckPacket packet)
    {
        writer.WriteByte(packet.SessionPresent ? (byte)1 : (byte)0);
        writer.WriteByte(writer.Version == MqttVersion.V311 ? ConnectReturnCode.From(packet.ReasonCode) : (byte)packet.ReasonCode);
        writer.WriteProperties(packet, WriteProperties);
    }

    private static void WriteProperties(ref PacketWriter writer, ConnAckPacket packet)
    {
        writer.WriteProperty(PropertyIdentifier.SessionExpiryInterval, packet.SessionExpiryInterval);
        if (packet.ReceiveMaximum != ushort.MaxValue) writer.WriteProperty(PropertyIdentifier.ReceiveMaximum, packet.ReceiveMaximum);
        // Maximum QoS 2 is said by leaving it out (MQTT 5.0 §3.2.2.3.4).
        if (packet.MaximumQos != QualityOfService.ExactlyOnce)
        {
            writer.WriteByte((byte)PropertyIdentifier.MaximumQos);
            writer.WriteByte((byte)packet.MaximumQos);
        }
        writer.WriteFlag(PropertyIdentifier.RetainAvailable, packet.RetainAvailable, absence: true);
        writer.WriteProperty(PropertyIdentifier.MaximumPacketSize, packet.MaximumPacketSize);
        writer.WriteProperty(PropertyIdentifier.AssignedClientIdentifier, packet.AssignedClientIdentifier);
        if (packet.TopicAliasMaximum != 0) writer.WriteProperty(PropertyIdentifier.TopicAliasMaximum, packet.TopicAliasMaximum);
        writer.WriteReasonString(packet.ReasonString);
        writer.WriteUserProperties(packet.UserProperties);
        writer.WriteFlag(PropertyIdentifier.WildcardSubscriptionAvailable, packet.WildcardSubscriptionAvailable, absence: true);
        writer.WriteFlag(PropertyIdentifier.SubscriptionIdentifierAvailable, packet.SubscriptionIdentifierAvailable, absence: true);
        writer.WriteFlag(PropertyIdentifier.SharedSubscriptionAvailable, packet.SharedSubscriptionAvailable, absence: true);
        writer.WriteProperty(PropertyIdentifier.ServerKeepAlive, packet.ServerKeepAlive);
        writer.WriteProperty(PropertyIdentifier.ResponseInformation, packet.ResponseInformation);
        writer.WriteProperty(PropertyIdentifier.ServerReference, packet.ServerReference);
        writer.WriteProperty(PropertyIdentifier.AuthenticationMethod, packet.AuthenticationMethod);
        writer.WriteProperty(PropertyIdentifier.AuthenticationData, packet.AuthenticationData);
    }
}
