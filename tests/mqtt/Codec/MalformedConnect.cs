using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using static StepCloud.Mqtt.Packets.MqttVersion;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Tests.Mqtt.Codec;

internal static class MalformedConnect
{
    public static IEnumerable<MalformedCase> Cases =>
    [
        Case(null, "MQTT-3.1.2-1 the protocol name is MQTX", UnsupportedProtocolVersion, Violations.ProtocolName, "0004 'MQTX' 05 02 0000 {} 0000"),
        Case(null, "MQTT-3.1.2-1 the protocol name is mqtt", UnsupportedProtocolVersion, Violations.ProtocolName, "0004 'mqtt' 05 02 0000 {} 0000"),
        Case(null, "MQTT-3.1.2-1 the protocol name is empty", UnsupportedProtocolVersion, Violations.ProtocolName, "0000 05 02 0000 {} 0000"),
        Case(null, "MQTT-1.5.4-1 the protocol name is not UTF-8", MalformedPacket, Violations.IllFormedUtf8, "0004 'MQT' FF 05 02 0000 {} 0000"),
        Case(null, "§4.13.1 there is no body", MalformedPacket, Violations.Truncated, ""),
        Case(null, "§4.13.1 the protocol name goes beyond the end", MalformedPacket, Violations.Truncated, "0004 'MQT'"),
        Case(null, "§4.13.1 there is no version", MalformedPacket, Violations.Truncated, "0004 'MQTT'"),
        Case(V311, "MQTT-3.1.2-2 version 3.1, as MQIsdp", UnsupportedProtocolVersion, Violations.ProtocolVersion, "0006 'MQIsdp' 03 02 0000 0001 'a'"),
        Case(V311, "MQTT-3.1.2-2 version 3", UnsupportedProtocolVersion, Violations.ProtocolVersion, "0004 'MQTT' 03 02 0000 0001 'a'"),
        Case(V311, "MQTT-3.1.2-2 version 0", UnsupportedProtocolVersion, Violations.ProtocolVersion, "0004 'MQTT' 00 02 0000 0001 'a'"),
        Case(V500, "MQTT-3.1.2-2 version 6", UnsupportedProtocolVersion, Violations.ProtocolVersion, "0004 'MQTT' 06 02 0000 0001 'a'"),
        Case(V500, "MQTT-3.1.2-2 version 4 of a bridge (0x84)", UnsupportedProtocolVersion, Violations.ProtocolVersion, "0004 'MQTT' 84 02 0000 0001 'a'"),
        .. Both(V311, "04", ""),
        .. Both(V500, "05", "{}"),
        Case(V311, "MQTT-3.1.2-13 a Will QoS without a Will", MalformedPacket, Violations.WillQosWithoutWill, "0004 'MQTT' 04 0A 0000 0001 'a'"),
        Case(V500, "MQTT-3.1.2-11 a Will QoS without a Will", MalformedPacket, Violations.WillQosWithoutWill, "0004 'MQTT' 05 12 0000 {} 0001 'a'"),
        Case(V311, "MQTT-3.1.2-15 a Will Retain without a Will", MalformedPacket, Violations.WillRetainWithoutWill, "0004 'MQTT' 04 22 0000 0001 'a'"),
        Case(V500, "MQTT-3.1.2-13 a Will Retain without a Will", MalformedPacket, Violations.WillRetainWithoutWill, "0004 'MQTT' 05 22 0000 {} 0001 'a'"),
        Case(V311, "MQTT-3.1.2-14 a Will QoS of 3", MalformedPacket, Violations.WillQosThree, "0004 'MQTT' 04 1E 0000 0001 'a' 0001 't' 0000"),
        Case(V500, "MQTT-3.1.2-12 a Will QoS of 3", MalformedPacket, Violations.WillQosThree, "0004 'MQTT' 05 1E 0000 {} 0001 'a' {} 0001 't' 0000"),
        Case(V311, "MQTT-3.1.2-22 a password without a user name", MalformedPacket, Violations.PasswordWithoutUserName, "0004 'MQTT' 04 42 0000 0001 'a' 0001 'p'"),
        Case(V311, "MQTT-3.1.3-8 no Client Identifier for a kept session", ClientIdentifierNotValid, Violations.EmptyClientIdentifier, "0004 'MQTT' 04 00 0000 0000"),
        Case(V500, "§3.1.2.11.3 Receive Maximum 0", ProtocolError, Violations.ReceiveMaximumZero, "0004 'MQTT' 05 02 0000 {21 0000} 0000"),
        Case(V500, "§3.1.2.11.4 Maximum Packet Size 0", ProtocolError, Violations.MaximumPacketSizeZero, "0004 'MQTT' 05 02 0000 {27 00000000} 0000"),
        Case(V500, "§3.1.2.11.6 Request Response Information 2", ProtocolError, Violations.NotBoolean, "0004 'MQTT' 05 02 0000 {19 02} 0000"),
        Case(V500, "§3.1.2.11.6 Request Problem Information 2", ProtocolError, Violations.NotBoolean, "0004 'MQTT' 05 02 0000 {17 02} 0000"),
        Case(V500, "§3.1.2.11.6 Payload Format Indicator 2 of the Will", ProtocolError, Violations.NotBoolean, "0004 'MQTT' 05 06 0000 {} 0000 {01 02} 0001 't' 0000"),
        Case(V500, "§3.1.2.11.10 Authentication Data alone", ProtocolError, Violations.DataWithoutMethod, "0004 'MQTT' 05 02 0000 {16 0001 FF} 0000"),
        Case(V500, "MQTT-3.3.2-14 a wildcard in the Response Topic of the Will", MalformedPacket, Violations.WildcardInResponseTopic, "0004 'MQTT' 05 06 0000 {} 0000 {08 0001 '#'} 0001 't' 0000"),
        Case(V500, "§4.13.1 a property goes beyond the Property Length", MalformedPacket, Violations.Truncated, "0004 'MQTT' 05 02 0000 {11 0000} 0000"),
        Case(V500, "§4.13.1 the Property Length goes beyond the end", MalformedPacket, Violations.Truncated, "0004 'MQTT' 05 02 0000 05 11"),
        Case(V500, "§1.5.5 a Property Length of five bytes", MalformedPacket, Violations.IntegerTooLong, "0004 'MQTT' 05 02 0000 8080808000 0000"),
        new("MQTT-1.5.5-1 a Remaining Length of two bytes that one could say, in CONNECT", null, MqttRole.Server, MalformedPacket, Violations.NotMinimalInteger, "10 8D00 0004 'MQTT' 05 02 0000 {} 0000") { AnswerIn = V500 },
        Case(V500, "MQTT-1.5.5-1 a Property Length of two bytes that one could say", MalformedPacket, Violations.NotMinimalInteger, "0004 'MQTT' 05 02 0000 8000 0000"),
        Case(V500, "MQTT-1.5.5-1 a property identifier of two bytes that one could say", MalformedPacket, Violations.NotMinimalInteger, "0004 'MQTT' 05 02 0000 {A100 0001} 0000"),
    ];

    /// <summary>The forms that both versions refuse by clauses of one name.</summary>
    private static IEnumerable<MalformedCase> Both(MqttVersion version, string level, string properties)
    {
        var start = $"0004 'MQTT' {level}";
        var (utf8, nul) = version == V311 ? ("MQTT-1.5.3-1", "MQTT-1.5.3-2") : ("MQTT-1.5.4-1", "MQTT-1.5.4-2");
        var length = version == V311 ? "§2.2.3" : "§4.13.1";
        return
        [
            Case(version, "MQTT-3.1.2-3 the reserved Connect Flag is set", MalformedPacket, Violations.ConnectFlagReserved, $"{start} 03 0000 {properties} 0001 'a'"),
            Case(version, $"{utf8} a Client Identifier of a lone byte FF", MalformedPacket, Violations.IllFormedUtf8, $"{start} 02 0000 {properties} 0001 FF"),
            Case(version, $"{nul} U+0000 in the Client Identifier", MalformedPacket, Violations.NullCharacter, $"{start} 02 0000 {properties} 0002 'a' 00"),
            Case(version, $"{utf8} a surrogate in the user name", MalformedPacket, Violations.IllFormedUtf8, $"{start} 82 0000 {properties} 0001 'a' 0003 EDA080"),
            Case(version, $"{utf8} an overlong form in the Will Topic", MalformedPacket, Violations.IllFormedUtf8, $"{start} 06 0000 {properties} 0001 'a' {properties} 0002 C0AF 0000"),
            Case(version, "MQTT-3.3.2-2 a wildcard in the Will Topic", MalformedPacket, Violations.WildcardInTopicName, $"{start} 06 0000 {properties} 0001 'a' {properties} 0001 '#' 0000"),
            Case(version, "MQTT-4.7.3-1 an empty Will Topic", MalformedPacket, Violations.EmptyTopicName, $"{start} 06 0000 {properties} 0001 'a' {properties} 0000 0000"),
            Case(version, $"{length} the Will is missing", MalformedPacket, Violations.Truncated, $"{start} 06 0000 {properties} 0001 'a'"),
            Case(version, $"{length} the user name is missing", MalformedPacket, Violations.Truncated, $"{start} 82 0000 {properties} 0001 'a'"),
            Case(version, $"{length} the password goes beyond the end", MalformedPacket, Violations.Truncated, $"{start} C2 0000 {properties} 0001 'a' 0001 'u' 0005 'pw'"),
            Case(version, $"{length} a password that no flag announces", MalformedPacket, Violations.TrailingBytes, $"{start} 82 0000 {properties} 0001 'a' 0001 'u' 0002 'pw'"),
        ];
    }

    private static MalformedCase Case(MqttVersion? answerIn, string title, ReasonCode answer, Violation violation, string body) =>
        new(title, null, MqttRole.Server, answer, violation, $"10 {{{body}}}") { AnswerIn = answerIn };
}
