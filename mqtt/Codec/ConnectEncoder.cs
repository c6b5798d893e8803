using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>CONNECT; its form is drawn at <see cref="ConnectDecoder"/>.</summary>
internal static class ConnectEncoder
{
    public static void Write(ref PacketWriter writer, ConnectPacket packet)
    {
        if (packet is { Version: MqttVersion.V311, UserName: null, Password: not null })
            throw new ArgumentException("Before version 5 a password needs a user name [MQTT-3.1.2-22].", nameof(packet));

        writer.WriteString("MQTT");
        writer.WriteByte((byte)packet.Version);
        writer.WriteByte(Flags(packet));
        writer.WriteUInt16(packet.KeepAlive);
        writer.WriteProperties(packet, WriteProperties);
        writer.WriteString(packet.ClientIdentifier);
        if (packet.Will is { } will)
        {
            writer.WriteProperties(will, WriteWillProperties);
            writer.WriteString(will.Topic);
            writer.WriteBinary(will.Payload.Span);
        }
        if (packet.UserName is { } userName) writer.WriteString(userName);
        if (packet.Password is { } password) writer.WriteBinary(password.Span);
    }

    private static byte Flags(ConnectPacket packet)
    {
        var flags = packet.CleanStart ? 0x02 : 0;
        if (packet.Will is { } will) flags |= 0x04 | ((int)will.Qos << 3) | (will.Retain ? 0x20 : 0);
        if (packet.Password is not null) flags |= 0x40;
        if (packet.UserName is not null) flags |= 0x80;
        return (byte)flags;
    }

    private static void WriteProperties(ref PacketWriter writer, ConnectPacket packet)
    {
        if (packet.SessionExpiryInterval != 0) writer.WriteProperty(PropertyIdentifier.SessionExpiryInterval, packet.SessionExpiryInterval);
        if (packet.ReceiveMaximum != ushort.MaxValue) writer.WriteProperty(PropertyIdentifier.ReceiveMaximum, packet.ReceiveMaximum);
        writer.WriteProperty(PropertyIdentifier.MaximumPacketSize, packet.MaximumPacketSize);
        if (packet.TopicAliasMaximum != 0) writer.WriteProperty(PropertyIdentifier.TopicAliasMaximum, packet.TopicAliasMaximum);
        writer.WriteFlag(PropertyIdentifier.RequestResponseInformation, packet.RequestResponseInformation, absence: false);
        writer.WriteFlag(PropertyIdentifier.RequestProblemInformation, packet.RequestProblemInformation, absence: true);
        writer.WriteUserProperties(packet.UserProperties);
        writer.WriteProperty(PropertyIdentifier.AuthenticationMethod, packet.AuthenticationMethod);
        writer.WriteProperty(PropertyIdentifier.AuthenticationData, packet.AuthenticationData);
    }

    private static void WriteWillProperties(ref PacketWriter writer, Will will)
    {
        if (will.DelayInterval != 0) writer.WriteProperty(PropertyIdentifier.WillDelayInterval, will.DelayInterval);
        writer.WriteProperty(PropertyIdentifier.MessageExpiryInterval, will.MessageExpiryInterval);
        writer.WriteCarried(will.Properties);
    }
}
