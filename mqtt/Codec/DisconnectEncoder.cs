using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>DISCONNECT and AUTH; their form is drawn at <see cref="DisconnectDecoder"/>.</summary>
internal static class DisconnectEncoder
{
    public static void Write(ref PacketWriter writer, DisconnectPacket packet)
    {
        if (writer.Version == MqttVersion.V311) return;
        var propertyBytes = writer.MeasureProperties(packet, WriteProperties);
        if (propertyBytes == 0 && packet.ReasonCode == ReasonCode.NormalDisconnection) return;
        writer.WriteByte((byte)packet.ReasonCode);
        if (propertyBytes > 0) writer.WriteProperties(packet, WriteProperties);
    }

    public static void Write(ref PacketWriter writer, AuthPacket packet)
    {
        if (writer.Version == MqttVersion.V311) throw new ArgumentException("There is no AUTH before version 5.", nameof(packet));
        var propertyBytes = writer.MeasureProperties(packet, WriteProperties);
        if (propertyBytes == 0 && packet.ReasonCode == ReasonCode.Success) return;
        writer.WriteByte((byte)packet.ReasonCode);
        writer.WriteProperties(packet, WriteProperties);
    }

    private static void WriteProperties(ref PacketWriter writer, DisconnectPacket packet)
    {
        writer.WriteProperty(PropertyIdentifier.SessionExpiryInterval, packet.SessionExpiryInterval);
        writer.WriteReasonString(packet.ReasonString);
        writer.WriteUserProperties(packet.UserProperties);
        writer.WriteProperty(PropertyIdentifier.ServerReference, packet.ServerReference);
    }

    private static void WriteProperties(ref PacketWriter writer, AuthPacket packet)
    {
        writer.WriteProperty(PropertyIdentifier.AuthenticationMethod, packet.AuthenticationMethod);
        writer.WriteProperty(PropertyIdentifier.AuthenticationData, packet.AuthenticationData);
        writer.WriteReasonString(packet.ReasonString);
        writer.WriteUserProperties(packet.UserProperties);
    }
}
