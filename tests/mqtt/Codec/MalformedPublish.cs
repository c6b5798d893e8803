using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using static StepCloud.Mqtt.Packets.MqttVersion;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Tests.Mqtt.Codec;

internal static class MalformedPublish
{
    public static IEnumerable<MalformedCase> Cases =>
    [
        .. Both(V311, "", "MQTT-1.5.3-1", "MQTT-1.5.3-2", "§2.2.3", "MQTT-2.3.1-1"),
        .. Both(V500, "{}", "MQTT-1.5.4-1", "MQTT-1.5.4-2", "§4.13.1", "MQTT-2.2.1-3"),
        Case(V311, "MQTT-4.7.3-1 an empty Topic Name", MalformedPacket, Violations.EmptyTopicName, "30 {0000 'hi'}"),
        Case(V500, "§3.3.2.1 neither Topic Name nor Topic Alias", ProtocolError, Violations.NoTopicNameNorAlias, "30 {0000 {} 'hi'}"),
        Case(V500, "MQTT-3.3.2-8 Topic Alias 0", TopicAliasInvalid, Violations.TopicAliasZero, "30 {0001 't' {23 0000}}"),
        Case(V500, "MQTT-3.3.2-8 Topic Alias 0 and no Topic Name", TopicAliasInvalid, Violations.TopicAliasZero, "30 {0000 {23 0000}}"),
        Case(V500, "MQTT-3.3.2-14 a wildcard in the Response Topic", MalformedPacket, Violations.WildcardInResponseTopic, "30 {0001 't' {08 0003 'a/+'}}"),
        Case(V500, "MQTT-3.3.4-6 a Subscription Identifier from a Client", ProtocolError, Violations.SubscriptionIdentifierFromClient, "30 {0001 't' {0B 01}}"),
        new("§3.8.2.1.2 Subscription Identifier 0", V500, MqttRole.Client, ProtocolError, Violations.SubscriptionIdentifierZero, "30 {0001 't' {0B 00}}"),
        new("§1.5.5 a Subscription Identifier of five bytes", V500, MqttRole.Client, MalformedPacket, Violations.IntegerTooLong, "30 {0001 't' {0B 8080808001}}"),
        new("MQTT-1.5.5-1 a Subscription Identifier of two bytes that one could say", V500, MqttRole.Client, MalformedPacket, Violations.NotMinimalInteger, "30 {0001 't' {0B 8100}}"),
        Case(V500, "§3.1.2.11.6 Payload Format Indicator 2", ProtocolError, Violations.NotBoolean, "30 {0001 't' {01 02}}"),
        Case(V500, "MQTT-1.5.4-1 a Content Type that is not UTF-8", MalformedPacket, Violations.IllFormedUtf8, "30 {0001 't' {03 0001 80}}"),
        Case(V500, "MQTT-1.5.4-1 a Response Topic that is not UTF-8", MalformedPacket, Violations.IllFormedUtf8, "30 {0001 't' {08 0001 80}}"),
        Case(V500, "MQTT-1.5.4-1 a User Property whose name is not UTF-8", MalformedPacket, Violations.IllFormedUtf8, "30 {0001 't' {26 0001 80 0001 'v'}}"),
        Case(V500, "MQTT-1.5.4-2 a User Property whose value holds U+0000", MalformedPacket, Violations.NullCharacter, "30 {0001 't' {26 0001 'k' 0001 00}}"),
        Case(V500, "§4.13.1 no Property Length", MalformedPacket, Violations.Truncated, "32 {0001 't' 0001}"),
        Case(V500, "§4.13.1 Correlation Data beyond the properties", MalformedPacket, Violations.Truncated, "30 {0001 't' {09 0005 FF} 'payload'}"),
        Case(V500, "§4.13.1 a Message Expiry Interval of three bytes", MalformedPacket, Violations.Truncated, "30 {0001 't' {02 000000} 'payload'}"),
    ];

    private static IEnumerable<MalformedCase> Both(
        MqttVersion version, string properties, string utf8, string nul, string length, string identifier) =>
    [
        Case(version, "MQTT-3.3.1-4 QoS 3", MalformedPacket, Violations.QosThree, "36"),
        Case(version, "MQTT-3.3.1-4 QoS 3 with all flags", MalformedPacket, Violations.QosThree, "3F"),
        Case(version, "MQTT-3.3.1-2 DUP at QoS 0", MalformedPacket, Violations.DupAtQosZero, "38"),
        Case(version, "MQTT-3.3.2-2 # in the Topic Name", MalformedPacket, Violations.WildcardInTopicName, $"30 {{0003 'a/#' {properties}}}"),
        Case(version, "MQTT-3.3.2-2 + in the Topic Name", MalformedPacket, Violations.WildcardInTopicName, $"30 {{0003 'a+b' {properties}}}"),
        Case(version, $"{identifier} Packet Identifier 0 at QoS 1", ProtocolError, Violations.PacketIdentifierZero, $"32 {{0001 't' 0000 {properties}}}"),
        Case(version, $"{identifier} Packet Identifier 0 at QoS 2", ProtocolError, Violations.PacketIdentifierZero, $"34 {{0001 't' 0000 {properties}}}"),
        Case(version, $"{utf8} a surrogate U+D800", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0003 EDA080 {properties}}}"),
        Case(version, $"{utf8} a surrogate U+DFFF", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0003 EDBFBF {properties}}}"),
        Case(version, $"{utf8} a pair of surrogates (CESU-8)", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0006 EDA081EDB080 {properties}}}"),
        Case(version, $"{utf8} an overlong slash", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0002 C0AF {properties}}}"),
        Case(version, $"{utf8} an overlong form of three bytes", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0003 E080AF {properties}}}"),
        Case(version, $"{utf8} an overlong form of four bytes", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0004 F08080AF {properties}}}"),
        Case(version, $"{utf8} an overlong U+0000 (Java)", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0002 C080 {properties}}}"),
        Case(version, $"{utf8} above U+10FFFF", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0004 F4908080 {properties}}}"),
        Case(version, $"{utf8} a continuation byte alone", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0001 80 {properties}}}"),
        Case(version, $"{utf8} a character cut off by the end of the string", MalformedPacket, Violations.IllFormedUtf8, $"30 {{0002 'a' C3 {properties}}}"),
        Case(version, $"{nul} U+0000 in the Topic Name", MalformedPacket, Violations.NullCharacter, $"30 {{0003 'a' 00 'b' {properties}}}"),
        Case(version, $"{length} no body", MalformedPacket, Violations.Truncated, "30 {}"),
        Case(version, $"{length} a Topic Name beyond the end", MalformedPacket, Violations.Truncated, "30 {0005 'abc'}"),
        Case(version, $"{length} no Packet Identifier", MalformedPacket, Violations.Truncated, "32 {0001 't'}"),
        Case(version, $"{length} half a Packet Identifier", MalformedPacket, Violations.Truncated, "32 {0001 't' 01}"),
    ];

    private static MalformedCase Case(MqttVersion version, string title, ReasonCode answer, Violation violation, string text) =>
        new($"{title}, in PUBLISH", version, MqttRole.Server, answer, violation, text);
}
