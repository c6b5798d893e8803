using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using static StepCloud.Mqtt.Packets.MqttVersion;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Tests.Mqtt.Codec;

internal static class MalformedConnAck
{
    public static IEnumerable<MalformedCase> Cases =>
    [
        Case(V311, "§3.2.2.1 a reserved Connect Acknowledge Flag", MalformedPacket, Violations.ConnAckFlagsReserved, "02 00"),
        Case(V500, "MQTT-3.2.2-1 a reserved Connect Acknowledge Flag", MalformedPacket, Violations.ConnAckFlagsReserved, "80 00 {}"),
        Case(V311, "MQTT-3.2.2-4 a session is present though refused", ProtocolError, Violations.SessionPresentOnRefusal, "01 05"),
        Case(V500, "MQTT-3.2.2-6 a session is present though refused", ProtocolError, Violations.SessionPresentOnRefusal, "01 87 {}"),
        Case(V311, "§3.2.2.3 return code 6", ProtocolError, Violations.UnknownReasonCode, "00 06"),
        Case(V500, "§2.4 Reason Code 0x01", ProtocolError, Violations.UnknownReasonCode, "00 01 {}"),
        Case(V500, "§2.4 Reason Code 0x8D, which is of DISCONNECT", ProtocolError, Violations.UnknownReasonCode, "00 8D {}"),
        Case(V311, "§2.2.3 properties", MalformedPacket, Violations.TrailingBytes, "00 00 {}"),
        Case(V311, "§2.2.3 no return code", MalformedPacket, Violations.Truncated, "00"),
        Case(V500, "§4.13.1 no Property Length", MalformedPacket, Violations.Truncated, "00 00"),
        Case(V500, "§3.1.2.11.3 Receive Maximum 0", ProtocolError, Violations.ReceiveMaximumZero, "00 00 {21 0000}"),
        Case(V500, "§3.1.2.11.4 Maximum Packet Size 0", ProtocolError, Violations.MaximumPacketSizeZero, "00 00 {27 00000000}"),
        Case(V500, "§3.1.2.11.6 Maximum QoS 2", ProtocolError, Violations.NotBoolean, "00 00 {24 02}"),
        Case(V500, "§3.1.2.11.6 Retain Available 2", ProtocolError, Violations.NotBoolean, "00 00 {25 02}"),
        Case(V500, "§3.1.2.11.6 Wildcard Subscription Available 2", ProtocolError, Violations.NotBoolean, "00 00 {28 02}"),
        Case(V500, "§3.1.2.11.6 Subscription Identifier Available 2", ProtocolError, Violations.NotBoolean, "00 00 {29 02}"),
        Case(V500, "§3.1.2.11.6 Shared Subscription Available 2", ProtocolError, Violations.NotBoolean, "00 00 {2A 02}"),
        Case(V500, "MQTT-1.5.4-1 a Reason String that is not UTF-8", MalformedPacket, Violations.IllFormedUtf8, "00 00 {1F 0001 FF}"),
        Case(V500, "MQTT-1.5.4-1 a User Property whose value is not UTF-8", MalformedPacket, Violations.IllFormedUtf8, "00 00 {26 0001 'k' 0001 FF}"),
        Case(V500, "MQTT-1.5.4-2 a User Property whose name holds U+0000", MalformedPacket, Violations.NullCharacter, "00 00 {26 0001 00 0001 'v'}"),
    ];

    private static MalformedCase Case(MqttVersion version, string title, ReasonCode answer, Violation violation, string body) =>
        new($"{title}, in CONNACK", version, MqttRole.Client, answer, violation, $"20 {{{body}}}");
}
