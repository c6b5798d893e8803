using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>Every form of a packet that the decoder refuses; a test holds a case for each.</summary>
/// <remarks>
/// 0x81 or 0x82: a packet that cannot be parsed is a Malformed Packet; one that can, but holds what the protocol does
/// not allow, is a Protocol Error (MQTT 5.0 §1.2, §4.13.1). An ill-formed Topic Name or Topic Filter is malformed,
/// because Topic Name invalid and Topic Filter invalid are for those that are "correctly formed, but not accepted"
/// (§3.14.2.1).
/// </remarks>
public static class Violations
{
    // The fixed header.
    public static Violation ReservedPacketType { get; } = Malformed("§2.2.1", "§2.1.2", "The packet type is reserved.");
    public static Violation ReservedFlags { get; } = Malformed("MQTT-2.2.2-2", "MQTT-2.1.3-1", "The fixed header has wrong reserved flags.");
    public static Violation RemainingLengthTooLong { get; } = Malformed("§2.2.3", "§1.5.5", "The Remaining Length goes on after four bytes.");
    public static Violation PacketTooLarge { get; } =
        new(ReasonCode.PacketTooLarge, "§4.8", "MQTT-3.1.2-24", "The packet is larger than the receiver accepts.");
    public static Violation FirstPacketNotConnect { get; } = ProtocolError("MQTT-3.1.0-1", "MQTT-3.1.0-1", "The first packet is not CONNECT.");
    public static Violation SecondConnect { get; } = ProtocolError("MQTT-3.1.0-2", "MQTT-3.1.0-2", "A second CONNECT came on the connection.");
    public static Violation WrongDirection { get; } = ProtocolError("§2.2.1", "§2.1.2", "This side never receives a packet of this type.");

    // What all packets are made of.
    public static Violation Truncated { get; } = Malformed("§2.2.3", "§4.13.1", "A field goes beyond the end of the packet.");
    public static Violation TrailingBytes { get; } = Malformed("§2.2.3", "§4.13.1", "Bytes follow after the last field of the packet.");
    public static Violation IllFormedUtf8 { get; } = Malformed("MQTT-1.5.3-1", "MQTT-1.5.4-1", "A string is not well-formed UTF-8.");
    public static Violation NullCharacter { get; } = Malformed("MQTT-1.5.3-2", "MQTT-1.5.4-2", "A string holds U+0000.");
    public static Violation NotMinimalInteger { get; } = Malformed(null, "MQTT-1.5.5-1", "A Variable Byte Integer is longer than it must be.");
    public static Violation IntegerTooLong { get; } = Malformed(null, "§1.5.5", "A Variable Byte Integer goes on after four bytes.");
    public static Violation PacketIdentifierZero { get; } = ProtocolError("MQTT-2.3.1-1", "MQTT-2.2.1-3", "The Packet Identifier is 0.");

    // Properties.
    public static Violation UnknownProperty { get; } = Malformed(null, "§2.2.2.2", "The property does not exist.");
    public static Violation PropertyNotAllowed { get; } = Malformed(null, "§2.2.2.2", "The property does not belong in this packet.");
    public static Violation DuplicateProperty { get; } = ProtocolError(null, "§2.2.2.2", "A property that may be there once is there twice.");
    public static Violation NotBoolean { get; } = ProtocolError(null, "§3.1.2.11.6", "A property that may be 0 or 1 has another value.");
    public static Violation ReceiveMaximumZero { get; } = ProtocolError(null, "§3.1.2.11.3", "Receive Maximum is 0.");
    public static Violation MaximumPacketSizeZero { get; } = ProtocolError(null, "§3.1.2.11.4", "Maximum Packet Size is 0.");
    public static Violation SubscriptionIdentifierZero { get; } = ProtocolError(null, "§3.8.2.1.2", "Subscription Identifier is 0.");
    public static Violation DataWithoutMethod { get; } = ProtocolError(null, "§3.1.2.11.10", "There is Authentication Data but no Authentication Method.");
    public static Violation UnknownReasonCode { get; } = ProtocolError("§3.2.2.3", "§2.4", "The Reason Code is not one of this packet, or not one of its sender.");

    // CONNECT.
    public static Violation ProtocolName { get; } =
        new(ReasonCode.UnsupportedProtocolVersion, "MQTT-3.1.2-1", "MQTT-3.1.2-1", "The protocol name is not MQTT.");
    public static Violation ProtocolVersion { get; } =
        new(ReasonCode.UnsupportedProtocolVersion, "MQTT-3.1.2-2", "MQTT-3.1.2-2", "The protocol version is neither 3.1.1 nor 5.0.");
    public static Violation ConnectFlagReserved { get; } = Malformed("MQTT-3.1.2-3", "MQTT-3.1.2-3", "The reserved Connect Flag is set.");
    public static Violation WillQosWithoutWill { get; } = Malformed("MQTT-3.1.2-13", "MQTT-3.1.2-11", "There is a Will QoS but no Will.");
    public static Violation WillRetainWithoutWill { get; } = Malformed("MQTT-3.1.2-15", "MQTT-3.1.2-13", "There is a Will Retain but no Will.");
    public static Violation WillQosThree { get; } = Malformed("MQTT-3.1.2-14", "MQTT-3.1.2-12", "The Will QoS is 3.");
    public static Violation PasswordWithoutUserName { get; } = Malformed("MQTT-3.1.2-22", null, "There is a password but no user name.");
    public static Violation EmptyClientIdentifier { get; } =
        new(ReasonCode.ClientIdentifierNotValid, "MQTT-3.1.3-8", null, "A kept session needs a Client Identifier.");

    // CONNACK.
    public static Violation ConnAckFlagsReserved { get; } = Malformed("§3.2.2.1", "MQTT-3.2.2-1", "A reserved Connect Acknowledge Flag is set.");
    public static Violation SessionPresentOnRefusal { get; } = ProtocolError("MQTT-3.2.2-4", "MQTT-3.2.2-6", "A refusal says that a session is present.");

    // PUBLISH and the names of topics.
    public static Violation QosThree { get; } = Malformed("MQTT-3.3.1-4", "MQTT-3.3.1-4", "The QoS is 3.");
    public static Violation DupAtQosZero { get; } = Malformed("MQTT-3.3.1-2", "MQTT-3.3.1-2", "DUP is set at QoS 0.");
    public static Violation WildcardInTopicName { get; } = Malformed("MQTT-3.3.2-2", "MQTT-3.3.2-2", "A Topic Name holds a wildcard.");
    public static Violation EmptyTopicName { get; } = Malformed("MQTT-4.7.3-1", "MQTT-4.7.3-1", "A Topic Name is empty.");
    public static Violation NoTopicNameNorAlias { get; } = ProtocolError(null, "§3.3.2.1", "There is neither a Topic Name nor a Topic Alias.");
    public static Violation TopicAliasZero { get; } = new(ReasonCode.TopicAliasInvalid, null, "MQTT-3.3.2-8", "The Topic Alias is 0.");
    public static Violation WildcardInResponseTopic { get; } = Malformed(null, "MQTT-3.3.2-14", "The Response Topic holds a wildcard.");
    public static Violation SubscriptionIdentifierFromClient { get; } =
        ProtocolError(null, "MQTT-3.3.4-6", "A Client sent a Subscription Identifier in PUBLISH.");

    // SUBSCRIBE, UNSUBSCRIBE and the filters of topics.
    public static Violation NoTopicFilter { get; } = ProtocolError("MQTT-3.8.3-3", "MQTT-3.8.3-2", "There is no Topic Filter.");
    public static Violation NoReasonCodes { get; } = ProtocolError("§3.9.3", "§3.9.3", "There is no Reason Code.");
    public static Violation SubscriptionOptionsReserved { get; } = Malformed("MQTT-3-8.3-4", "MQTT-3.8.3-5", "Reserved Subscription Options are set.");
    public static Violation SubscriptionQosThree { get; } = ProtocolError("MQTT-3-8.3-4", "§3.8.3.1", "The Maximum QoS of a Subscription is 3.");
    public static Violation RetainHandlingThree { get; } = ProtocolError(null, "§3.8.3.1", "The Retain Handling is 3.");
    public static Violation NoLocalOnShared { get; } = ProtocolError(null, "MQTT-3.8.3-4", "No Local is set on a Shared Subscription.");
    public static Violation EmptyTopicFilter { get; } = Malformed("MQTT-4.7.3-1", "MQTT-4.7.3-1", "A Topic Filter is empty.");
    public static Violation MultiLevelWildcard { get; } =
        Malformed("MQTT-4.7.1-2", "MQTT-4.7.1-1", "The wildcard # is not the last level, or not a level of its own.");
    public static Violation SingleLevelWildcard { get; } = Malformed("MQTT-4.7.1-3", "MQTT-4.7.1-2", "The wildcard + is not a level of its own.");
    public static Violation ShareNameEmpty { get; } = Malformed(null, "MQTT-4.8.2-1", "The ShareName is empty.");
    public static Violation ShareNameForm { get; } =
        Malformed(null, "MQTT-4.8.2-2", "The ShareName holds a wildcard, or no Topic Filter follows it.");

    // DISCONNECT and AUTH.
    public static Violation SessionExpiryFromServer { get; } =
        ProtocolError(null, "MQTT-3.14.2-2", "A Server sent a Session Expiry Interval in DISCONNECT.");
    public static Violation NoAuthenticationMethod { get; } = ProtocolError(null, "§3.15.2.2.2", "AUTH has no Authentication Method.");

    private static Violation Malformed(string? clause311, string? clause500, string text) =>
        new(ReasonCode.MalformedPacket, clause311, clause500, text);

    private static Violation ProtocolError(string? clause311, string? clause500, string text) =>
        new(ReasonCode.ProtocolError, clause311, clause500, text);
}
