using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using static StepCloud.Mqtt.Packets.MqttVersion;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK.</summary>
internal static class MalformedSubscribe
{
    public static IEnumerable<MalformedCase> Cases =>
    [
        .. Filters(V311, "82", "SUBSCRIBE", "", "00"),
        .. Filters(V500, "82", "SUBSCRIBE", "{}", "00"),
        .. Filters(V311, "A2", "UNSUBSCRIBE", "", ""),
        .. Filters(V500, "A2", "UNSUBSCRIBE", "{}", ""),
        .. Shared("82", "SUBSCRIBE", "00"),
        .. Shared("A2", "UNSUBSCRIBE", ""),
        new("MQTT-3-8.3-4 Subscription Options 0x04", V311, MqttRole.Server, MalformedPacket, Violations.SubscriptionOptionsReserved, "82 {0001 0001 'a' 04}"),
        new("MQTT-3-8.3-4 Subscription Options 0x80", V311, MqttRole.Server, MalformedPacket, Violations.SubscriptionOptionsReserved, "82 {0001 0001 'a' 80}"),
        new("MQTT-3.8.3-5 Subscription Options 0x40", V500, MqttRole.Server, MalformedPacket, Violations.SubscriptionOptionsReserved, "82 {0001 {} 0001 'a' 40}"),
        new("MQTT-3.8.3-5 Subscription Options 0x80", V500, MqttRole.Server, MalformedPacket, Violations.SubscriptionOptionsReserved, "82 {0001 {} 0001 'a' 80}"),
        new("MQTT-3-8.3-4 QoS 3", V311, MqttRole.Server, ProtocolError, Violations.SubscriptionQosThree, "82 {0001 0001 'a' 03}"),
        new("§3.8.3.1 QoS 3", V500, MqttRole.Server, ProtocolError, Violations.SubscriptionQosThree, "82 {0001 {} 0001 'a' 03}"),
        new("§3.8.3.1 Retain Handling 3", V500, MqttRole.Server, ProtocolError, Violations.RetainHandlingThree, "82 {0001 {} 0001 'a' 30}"),
        new("MQTT-3.8.3-4 No Local on a Shared Subscription", V500, MqttRole.Server, ProtocolError, Violations.NoLocalOnShared, "82 {0001 {} 000A '$share/g/a' 04}"),
        new("§3.8.2.1.2 Subscription Identifier 0, in SUBSCRIBE", V500, MqttRole.Server, ProtocolError, Violations.SubscriptionIdentifierZero, "82 {0001 {0B 00} 0001 'a' 00}"),
        new("§2.2.3 no Subscription Options", V311, MqttRole.Server, MalformedPacket, Violations.Truncated, "82 {0001 0001 'a'}"),
        new("§4.13.1 no Subscription Options", V500, MqttRole.Server, MalformedPacket, Violations.Truncated, "82 {0001 {} 0001 'a'}"),
        .. Answers("90", "SUBACK"),
        new("§3.2.2.3 SUBACK with 0x03", V311, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, "90 {0001 00 03}"),
        new("§3.2.2.3 SUBACK with 0x87, which is of version 5", V311, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, "90 {0001 87}"),
        new("§2.4 SUBACK with 0x03", V500, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, "90 {0001 {} 03}"),
        new("§3.9.3 SUBACK with nothing", V311, MqttRole.Client, ProtocolError, Violations.NoReasonCodes, "90 {0001}"),
        .. Answers("B0", "UNSUBACK"),
        new("§2.4 UNSUBACK with 0x01", V500, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, "B0 {0001 {} 01}"),
        new("§2.2.3 UNSUBACK with Reason Codes", V311, MqttRole.Client, MalformedPacket, Violations.TrailingBytes, "B0 {0001 00}"),
    ];

    private static IEnumerable<MalformedCase> Filters(MqttVersion version, string first, string type, string properties, string options)
    {
        var is311 = version == V311;
        var (many, one) = is311 ? ("MQTT-4.7.1-2", "MQTT-4.7.1-3") : ("MQTT-4.7.1-1", "MQTT-4.7.1-2");
        MalformedCase Filter(string title, ReasonCode answer, Violation violation, string filter) => new(
            $"{title}, in {type}", version, MqttRole.Server, answer, violation, $"{first} {{0001 {properties} {filter} {options}}}");
        return
        [
            new($"{(is311 ? "MQTT-3.8.3-3" : "MQTT-3.8.3-2")} no Topic Filter, in {type}", version, MqttRole.Server, ProtocolError, Violations.NoTopicFilter, $"{first} {{0001 {properties}}}"),
            new($"{(is311 ? "MQTT-2.3.1-1" : "MQTT-2.2.1-3")} Packet Identifier 0, in {type}", version, MqttRole.Server, ProtocolError, Violations.PacketIdentifierZero, $"{first} {{0000 {properties} 0001 'a' {options}}}"),
            Filter("MQTT-4.7.3-1 an empty Topic Filter", MalformedPacket, Violations.EmptyTopicFilter, "0000"),
            Filter($"{many} # before other levels", MalformedPacket, Violations.MultiLevelWildcard, "0003 '#/a'"),
            Filter($"{many} # beside other characters", MalformedPacket, Violations.MultiLevelWildcard, "0004 'a/b#'"),
            Filter($"{many} # before a slash at the end", MalformedPacket, Violations.MultiLevelWildcard, "0004 'a/#/'"),
            Filter($"{many} ##", MalformedPacket, Violations.MultiLevelWildcard, "0002 '##'"),
            Filter($"{one} + behind other characters", MalformedPacket, Violations.SingleLevelWildcard, "0004 'a/b+'"),
            Filter($"{one} + before other characters", MalformedPacket, Violations.SingleLevelWildcard, "0004 '+a/b'"),
            Filter($"{one} ++", MalformedPacket, Violations.SingleLevelWildcard, "0002 '++'"),
            Filter($"{(is311 ? "MQTT-1.5.3-1" : "MQTT-1.5.4-1")} a Topic Filter that is not UTF-8", MalformedPacket, Violations.IllFormedUtf8, "0001 FF"),
            Filter($"{(is311 ? "MQTT-1.5.3-2" : "MQTT-1.5.4-2")} U+0000 in a Topic Filter", MalformedPacket, Violations.NullCharacter, "0001 00"),
            Filter($"{(is311 ? "§2.2.3" : "§4.13.1")} a second Topic Filter beyond the end", MalformedPacket, Violations.Truncated, $"0001 'a' {options} 0009 'a'"),
        ];
    }

    private static IEnumerable<MalformedCase> Shared(string first, string type, string options)
    {
        MalformedCase Filter(string title, Violation violation, string filter) => new(
            $"{title}, in {type}", V500, MqttRole.Server, MalformedPacket, violation, $"{first} {{0001 {{}} {filter} {options}}}");
        return
        [
            Filter("MQTT-4.8.2-1 no ShareName", Violations.ShareNameEmpty, "0007 '$share/'"),
            Filter("MQTT-4.8.2-1 an empty ShareName", Violations.ShareNameEmpty, "0009 '$share//a'"),
            Filter("MQTT-4.8.2-2 + in the ShareName", Violations.ShareNameForm, "000A '$share/+/a'"),
            Filter("MQTT-4.8.2-2 # in the ShareName", Violations.ShareNameForm, "000A '$share/#/a'"),
            Filter("MQTT-4.8.2-2 no slash behind the ShareName", Violations.ShareNameForm, "0008 '$share/g'"),
            Filter("MQTT-4.8.2-2 no Topic Filter behind the ShareName", Violations.ShareNameForm, "0009 '$share/g/'"),
            Filter("MQTT-4.7.1-1 # in the midst of the shared Topic Filter", Violations.MultiLevelWildcard, "000C '$share/g/#/a'"),
        ];
    }

    private static IEnumerable<MalformedCase> Answers(string first, string type) =>
    [
        new($"MQTT-2.3.1-1 Packet Identifier 0, in {type}", V311, MqttRole.Client, ProtocolError, Violations.PacketIdentifierZero, $"{first} {{0000}}"),
        new($"MQTT-2.2.1-3 Packet Identifier 0, in {type}", V500, MqttRole.Client, ProtocolError, Violations.PacketIdentifierZero, $"{first} {{0000 {{}} 00}}"),
        new($"§3.9.3 no Reason Code, in {type}", V500, MqttRole.Client, ProtocolError, Violations.NoReasonCodes, $"{first} {{0001 {{}}}}"),
        new($"§4.13.1 no Property Length, in {type}", V500, MqttRole.Client, MalformedPacket, Violations.Truncated, $"{first} {{0001}}"),
    ];
}
