using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>CONNACK (MQTT 5.0 §3.2).</summary>
/// <remarks>
/// <code>
/// Connect Acknowledge Flags: 0000000 | Session Present
/// Reason Code (return code in 3.1.1) | properties (v5)
/// </code>
/// </remarks>
internal static class ConnAckDecoder
{
    public static ConnAckPacket Decode(ref PacketReader reader, MqttVersion version)
    {
        var flags = reader.ReadByte();
        if (flags > 1) reader.Fail(Violations.ConnAckFlagsReserved);
        var code = ReadReasonCode(ref reader, version);
        if (flags == 1 && code != ReasonCode.Success) reader.Fail(Violations.SessionPresentOnRefusal);
        var properties = version == MqttVersion.V500 ? DecodeProperties(ref reader) : default;
        return new ConnAckPacket
        {
            SessionPresent = flags == 1,
            ReasonCode = code,
            SessionExpiryInterval = properties.SessionExpiryInterval,
            ReceiveMaximum = properties.ReceiveMaximum ?? ushort.MaxValue,
            MaximumQos = properties.MaximumQosOne switch
            {
                null => QualityOfService.ExactlyOnce,
                true => QualityOfService.AtLeastOnce,
                false => QualityOfService.AtMostOnce,
            },
            RetainAvailable = properties.RetainAvailable ?? true,
            MaximumPacketSize = properties.MaximumPacketSize,
            AssignedClientIdentifier = properties.AssignedClientIdentifier,
            TopicAliasMaximum = properties.TopicAliasMaximum,
            ReasonString = properties.ReasonString,
            UserProperties = properties.UserProperties ?? (IReadOnlyList<UserProperty>)[],
            WildcardSubscriptionAvailable = properties.WildcardSubscriptionAvailable ?? true,
            SubscriptionIdentifierAvailable = properties.SubscriptionIdentifierAvailable ?? true,
            SharedSubscriptionAvailable = properties.SharedSubscriptionAvailable ?? true,
            ServerKeepAlive = properties.ServerKeepAlive,
            ResponseInformation = properties.ResponseInformation,
            ServerReference = properties.ServerReference,
            AuthenticationMethod = properties.AuthenticationMethod,
            AuthenticationData = properties.AuthenticationData,
        };
    }

    private static ReasonCode ReadReasonCode(ref PacketReader reader, MqttVersion version)
    {
        var raw = reader.ReadByte();
        var code = version == MqttVersion.V311 ? ConnectReturnCode.ToReasonCode(raw) : (ReasonCode)raw;
        if (code is { } known && ReasonCodeSets.ConnAck.Contains(known)) return known;
        reader.Fail(Violations.UnknownReasonCode);
        return default;
    }

    private struct ConnAckProperties
    {
        public uint? SessionExpiryInterval;
        public ushort? ReceiveMaximum;
        public bool? MaximumQosOne;
        public bool? RetainAvailable;
        public uint? MaximumPacketSize;
        public string? AssignedClientIdentifier;
        public ushort TopicAliasMaximum;
        public string? ReasonString;
        public List<UserProperty>? UserProperties;
        public bool? WildcardSubscriptionAvailable;
        public bool? SubscriptionIdentifierAvailable;
        public bool? SharedSubscriptionAvailable;
        public ushort? ServerKeepAlive;
        public string? ResponseInformation;
        public string? ServerReference;
        public string? AuthenticationMethod;
        public ReadOnlyMemory<byte>? AuthenticationData;
    }

    private static ConnAckProperties DecodeProperties(ref PacketReader reader)
    {
        var found = default(ConnAckProperties);
        var properties = new PropertyReader(ref reader, PropertySets.ConnAck);
        while (properties.TryNext(ref reader, out var identifier))
        {
            switch (identifier)
            {
                case PropertyIdentifier.SessionExpiryInterval: found.SessionExpiryInterval = reader.ReadUInt32(); break;
                case PropertyIdentifier.ReceiveMaximum: found.ReceiveMaximum = reader.ReadReceiveMaximum(); break;
                case PropertyIdentifier.MaximumQos: found.MaximumQosOne = reader.ReadBoolean(); break;
                case PropertyIdentifier.RetainAvailable: found.RetainAvailable = reader.ReadBoolean(); break;
                case PropertyIdentifier.MaximumPacketSize: found.MaximumPacketSize = reader.ReadMaximumPacketSize(); break;
                case PropertyIdentifier.AssignedClientIdentifier: found.AssignedClientIdentifier = reader.ReadString(); break;
                case PropertyIdentifier.TopicAliasMaximum: found.TopicAliasMaximum = reader.ReadUInt16(); break;
                case PropertyIdentifier.ReasonString: found.ReasonString = reader.ReadString(); break;
                case PropertyIdentifier.UserProperty: (found.UserProperties ??= []).Add(reader.ReadUserProperty()); break;
                case PropertyIdentifier.WildcardSubscriptionAvailable: found.WildcardSubscriptionAvailable = reader.ReadBoolean(); break;
                case PropertyIdentifier.SubscriptionIdentifierAvailable: found.SubscriptionIdentifierAvailable = reader.ReadBoolean(); break;
                case PropertyIdentifier.SharedSubscriptionAvailable: found.SharedSubscriptionAvailable = reader.ReadBoolean(); break;
                case PropertyIdentifier.ServerKeepAlive: found.ServerKeepAlive = reader.ReadUInt16(); break;
                case PropertyIdentifier.ResponseInformation: found.ResponseInformation = reader.ReadString(); break;
                case PropertyIdentifier.ServerReference: found.ServerReference = reader.ReadString(); break;
                case PropertyIdentifier.AuthenticationMethod: found.AuthenticationMethod = reader.ReadString(); break;
                case PropertyIdentifier.AuthenticationData: found.AuthenticationData = reader.ReadBinary().ToArray(); break;
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
        return found;
    }
}
