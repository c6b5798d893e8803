using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>CONNECT (MQTT 5.0 §3.1).</summary>
/// <remarks>
/// <code>
/// protocol name "MQTT" | version | Connect Flags | Keep Alive | properties (v5)
/// Client Identifier | Will properties (v5), Will Topic, Will Payload | User Name | Password
/// Connect Flags: user name 0x80, password 0x40, Will Retain 0x20, Will QoS 0x18, Will 0x04, Clean Start 0x02, reserved 0x01
/// </code>
/// </remarks>
internal static class ConnectDecoder
{
    public static ConnectPacket? Decode(ref PacketReader reader, out MqttVersion? version)
    {
        version = null;
        var name = reader.ReadUtf8().Span;
        // "MQIsdp" is the name of 3.1 and of nothing else: its clients understand a CONNACK of 3.1.1.
        var isOld = name.SequenceEqual("MQIsdp"u8);
        if (!isOld && !name.SequenceEqual("MQTT"u8))
        {
            reader.Fail(Violations.ProtocolName);
            return null;
        }
        var level = reader.ReadByte();
        if (reader.Failed) return null;
        version = level <= (byte)MqttVersion.V311 ? MqttVersion.V311 : MqttVersion.V500;
        if (isOld || level is not ((byte)MqttVersion.V311 or (byte)MqttVersion.V500))
        {
            reader.Fail(Violations.ProtocolVersion);
            return null;
        }
        return DecodeRest(ref reader, version.Value);
    }

    private static ConnectPacket DecodeRest(ref PacketReader reader, MqttVersion version)
    {
        var flags = reader.ReadByte();
        CheckFlags(ref reader, flags, version);
        var keepAlive = reader.ReadUInt16();
        var properties = version == MqttVersion.V500 ? DecodeProperties(ref reader) : default;

        var clientIdentifier = reader.ReadString();
        var cleanStart = (flags & 0x02) != 0;
        if (version == MqttVersion.V311 && clientIdentifier.Length == 0 && !cleanStart) reader.Fail(Violations.EmptyClientIdentifier);

        return new ConnectPacket
        {
            Version = version,
            CleanStart = cleanStart,
            KeepAlive = keepAlive,
            ClientIdentifier = clientIdentifier,
            Will = (flags & 0x04) != 0 ? DecodeWill(ref reader, flags, version) : null,
            UserName = (flags & 0x80) != 0 ? reader.ReadString() : null,
            Password = (flags & 0x40) != 0 ? reader.ReadBinary().ToArray() : (ReadOnlyMemory<byte>?)null,
            SessionExpiryInterval = properties.SessionExpiryInterval,
            ReceiveMaximum = properties.ReceiveMaximum ?? ushort.MaxValue,
            MaximumPacketSize = properties.MaximumPacketSize,
            TopicAliasMaximum = properties.TopicAliasMaximum,
            RequestResponseInformation = properties.RequestResponseInformation,
            RequestProblemInformation = properties.RequestProblemInformation ?? true,
            UserProperties = properties.UserProperties ?? (IReadOnlyList<UserProperty>)[],
            AuthenticationMethod = properties.AuthenticationMethod,
            AuthenticationData = properties.AuthenticationData,
        };
    }

    private static void CheckFlags(ref PacketReader reader, byte flags, MqttVersion version)
    {
        if ((flags & 0x01) != 0) reader.Fail(Violations.ConnectFlagReserved);
        if ((flags & 0x04) == 0)
        {
            if ((flags & 0x18) != 0) reader.Fail(Violations.WillQosWithoutWill);
            if ((flags & 0x20) != 0) reader.Fail(Violations.WillRetainWithoutWill);
        }
        else if ((flags & 0x18) == 0x18) reader.Fail(Violations.WillQosThree);
        // Version 5 allows a password alone (MQTT 5.0 §3.1.2.9).
        if (version == MqttVersion.V311 && (flags & 0xC0) == 0x40) reader.Fail(Violations.PasswordWithoutUserName);
    }

    private struct ConnectProperties
    {
        public uint SessionExpiryInterval;
        public ushort? ReceiveMaximum;
        public uint? MaximumPacketSize;
        public ushort TopicAliasMaximum;
        public bool RequestResponseInformation;
        public bool? RequestProblemInformation;
        public List<UserProperty>? UserProperties;
        public string? AuthenticationMethod;
        public ReadOnlyMemory<byte>? AuthenticationData;
    }

    private static ConnectProperties DecodeProperties(ref PacketReader reader)
    {
        var found = default(ConnectProperties);
        var properties = new PropertyReader(ref reader, PropertySets.Connect);
        while (properties.TryNext(ref reader, out var identifier))
        {
            switch (identifier)
            {
                case PropertyIdentifier.SessionExpiryInterval: found.SessionExpiryInterval = reader.ReadUInt32(); break;
                case PropertyIdentifier.ReceiveMaximum: found.ReceiveMaximum = reader.ReadReceiveMaximum(); break;
                case PropertyIdentifier.MaximumPacketSize: found.MaximumPacketSize = reader.ReadMaximumPacketSize(); break;
                case PropertyIdentifier.TopicAliasMaximum: found.TopicAliasMaximum = reader.ReadUInt16(); break;
                case PropertyIdentifier.RequestResponseInformation: found.RequestResponseInformation = reader.ReadBoolean(); break;
                case PropertyIdentifier.RequestProblemInformation: found.RequestProblemInformation = reader.ReadBoolean(); break;
                case PropertyIdentifier.UserProperty: (found.UserProperties ??= []).Add(reader.ReadUserProperty()); break;
                case PropertyIdentifier.AuthenticationMethod: found.AuthenticationMethod = reader.ReadString(); break;
                case PropertyIdentifier.AuthenticationData: found.AuthenticationData = reader.ReadBinary().ToArray(); break;
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
        if (found is { AuthenticationData: not null, AuthenticationMethod: null }) reader.Fail(Violations.DataWithoutMethod);
        return found;
    }

    private static Will DecodeWill(ref PacketReader reader, byte flags, MqttVersion version)
    {
        var properties = default(MessageProperties);
        if (version == MqttVersion.V500) MessagePropertyDecoder.Decode(ref reader, PropertySets.Will, PropertySets.UserProperty, out properties);
        var topic = reader.ReadUtf8();
        if (TopicRules.CheckTopicName(topic.Span) is { } violation) reader.Fail(violation);
        return new Will
        {
            Topic = System.Text.Encoding.UTF8.GetString(topic.Span),
            Payload = reader.ReadBinary().ToArray(),
            Qos = (QualityOfService)((flags >> 3) & 3),
            Retain = (flags & 0x20) != 0,
            DelayInterval = properties.WillDelayInterval,
            MessageExpiryInterval = properties.MessageExpiryInterval,
            Properties = reader.Failed ? default : properties.Block.Detach(),
        };
    }
}
