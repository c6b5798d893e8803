using StepCloud.Mqtt.Codec;
using static StepCloud.Mqtt.Packets.MqttVersion;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, and the two pings, which have nothing to be wrong but their length.</summary>
internal static class MalformedAcks
{
    private static readonly (string Type, string First)[] s_acks = [("PUBACK", "40"), ("PUBREC", "50"), ("PUBREL", "62"), ("PUBCOMP", "70")];

    public static IEnumerable<MalformedCase> Cases =>
    [
        .. s_acks.SelectMany(ack => new MalformedCase[]
        {
            new($"MQTT-2.3.1-1 {ack.Type} with Packet Identifier 0", V311, MqttRole.Server, ProtocolError, Violations.PacketIdentifierZero, $"{ack.First} {{0000}}"),
            new($"MQTT-2.2.1-3 {ack.Type} with Packet Identifier 0", V500, MqttRole.Server, ProtocolError, Violations.PacketIdentifierZero, $"{ack.First} {{0000}}"),
            new($"§2.2.3 {ack.Type} without Packet Identifier", V311, MqttRole.Server, MalformedPacket, Violations.Truncated, $"{ack.First} {{}}"),
            new($"§4.13.1 {ack.Type} without Packet Identifier", V500, MqttRole.Client, MalformedPacket, Violations.Truncated, $"{ack.First} {{01}}"),
            new($"§2.2.3 {ack.Type} with a Reason Code", V311, MqttRole.Server, MalformedPacket, Violations.TrailingBytes, $"{ack.First} {{0001 00}}"),
            new($"§2.4 {ack.Type} with Reason Code 0x01", V500, MqttRole.Server, ProtocolError, Violations.UnknownReasonCode, $"{ack.First} {{0001 01}}"),
            new($"§2.4 {ack.Type} with Reason Code 0x8E, which is of DISCONNECT", V500, MqttRole.Client, ProtocolError, Violations.UnknownReasonCode, $"{ack.First} {{0001 8E {{}}}}"),
            new($"§4.13.1 {ack.Type} with bytes behind the properties", V500, MqttRole.Server, MalformedPacket, Violations.TrailingBytes, $"{ack.First} {{0001 00 {{}} FF}}"),
            new($"§4.13.1 {ack.Type} with properties beyond the end", V500, MqttRole.Server, MalformedPacket, Violations.Truncated, $"{ack.First} {{0001 00 05 1F}}"),
            new($"MQTT-1.5.4-1 {ack.Type} with a Reason String that is not UTF-8", V500, MqttRole.Server, MalformedPacket, Violations.IllFormedUtf8, $"{ack.First} {{0001 00 {{1F 0001 FF}}}}"),
        }),
        new("§2.4 PUBACK with Reason Code 0x92, which is of PUBREL", V500, MqttRole.Server, ProtocolError, Violations.UnknownReasonCode, "40 {0001 92}"),
        new("§2.4 PUBREL with Reason Code 0x10, which is of PUBREC", V500, MqttRole.Server, ProtocolError, Violations.UnknownReasonCode, "62 {0001 10}"),
        new("§2.2.3 PINGREQ with a body", V311, MqttRole.Server, MalformedPacket, Violations.TrailingBytes, "C0 {00}"),
        new("§4.13.1 PINGREQ with a body", V500, MqttRole.Server, MalformedPacket, Violations.TrailingBytes, "C0 {00}"),
        new("§2.2.3 PINGRESP with a body", V311, MqttRole.Client, MalformedPacket, Violations.TrailingBytes, "D0 {00}"),
        new("§4.13.1 PINGRESP with a body", V500, MqttRole.Client, MalformedPacket, Violations.TrailingBytes, "D0 {00}"),
    ];
}
