using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using static StepCloud.Mqtt.Packets.MqttVersion;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>What the fixed header alone gives away: each is refused before a byte of the body is there.</summary>
internal static class MalformedFixedHeader
{
    public static IEnumerable<MalformedCase> Cases =>
    [
        new("MQTT-3.1.0-1 the first packet is PUBLISH", null, MqttRole.Server, ProtocolError, Violations.FirstPacketNotConnect, "30"),
        new("MQTT-3.1.0-1 the first packet is PINGREQ", null, MqttRole.Server, ProtocolError, Violations.FirstPacketNotConnect, "C0"),
        new("MQTT-3.1.0-1 the first packet is AUTH", null, MqttRole.Server, ProtocolError, Violations.FirstPacketNotConnect, "F0"),
        new("§2.1.2 the first packet is of type 0", null, MqttRole.Server, MalformedPacket, Violations.ReservedPacketType, "00"),
        new("§2.1.2 packet type 0", V500, MqttRole.Server, MalformedPacket, Violations.ReservedPacketType, "00"),
        new("§2.2.1 packet type 0", V311, MqttRole.Server, MalformedPacket, Violations.ReservedPacketType, "00"),
        new("§2.2.1 packet type 15", V311, MqttRole.Server, MalformedPacket, Violations.ReservedPacketType, "F0"),
        new("§2.2.1 packet type 15 to a Client", V311, MqttRole.Client, MalformedPacket, Violations.ReservedPacketType, "F0"),
        new("MQTT-3.1.0-2 a second CONNECT", V311, MqttRole.Server, ProtocolError, Violations.SecondConnect, "10"),
        new("MQTT-3.1.0-2 a second CONNECT", V500, MqttRole.Server, ProtocolError, Violations.SecondConnect, "10"),
        .. WrongDirections(V311, "§2.2.1"),
        .. WrongDirections(V500, "§2.1.2"),
        new("§2.2.1 DISCONNECT from a Server", V311, MqttRole.Client, ProtocolError, Violations.WrongDirection, "E0"),
        new("MQTT-2.1.3-1 CONNECT with flags", null, MqttRole.Server, MalformedPacket, Violations.ReservedFlags, "11"),
        .. ReservedFlags(V311, "MQTT-2.2.2-2"),
        .. ReservedFlags(V500, "MQTT-2.1.3-1"),
        new("MQTT-2.1.3-1 AUTH with flags", V500, MqttRole.Server, MalformedPacket, Violations.ReservedFlags, "F8"),
        new("§2.2.3 a Remaining Length of five bytes", V311, MqttRole.Server, MalformedPacket, Violations.RemainingLengthTooLong, "30 80808080"),
        new("§1.5.5 a Remaining Length of five bytes", V500, MqttRole.Server, MalformedPacket, Violations.RemainingLengthTooLong, "30 80808080"),
        new("§1.5.5 a Remaining Length of five bytes in CONNECT", null, MqttRole.Server, MalformedPacket, Violations.RemainingLengthTooLong, "10 80808080"),
        new("MQTT-1.5.5-1 a Remaining Length of two bytes that one could say", V500, MqttRole.Server, MalformedPacket, Violations.NotMinimalInteger, "C0 8000"),
        .. TooLarge(V311, "§4.8"),
        .. TooLarge(V500, "MQTT-3.1.2-24"),
        new("MQTT-3.1.2-24 a CONNECT of 3 bytes where 2 are taken", null, MqttRole.Server, PacketTooLarge, Violations.PacketTooLarge, "10 01") { MaximumPacketSize = 2 },
    ];

    private static IEnumerable<MalformedCase> WrongDirections(MqttVersion version, string clause)
    {
        (string Type, string First)[] fromServer = [("CONNACK", "20"), ("SUBACK", "90"), ("UNSUBACK", "B0"), ("PINGRESP", "D0")];
        (string Type, string First)[] fromClient = [("CONNECT", "10"), ("SUBSCRIBE", "82"), ("UNSUBSCRIBE", "A2"), ("PINGREQ", "C0")];
        return
        [
            .. fromServer.Select(one => new MalformedCase(
                $"{clause} {one.Type} from a Client", version, MqttRole.Server, ProtocolError, Violations.WrongDirection, one.First)),
            .. fromClient.Select(one => new MalformedCase(
                $"{clause} {one.Type} from a Server", version, MqttRole.Client, ProtocolError, Violations.WrongDirection, one.First)),
        ];
    }

    /// <summary>Each wrong value of the flags of each packet that has them fixed (MQTT 5.0 §2.1.3, table 2-2).</summary>
    private static IEnumerable<MalformedCase> ReservedFlags(MqttVersion version, string clause)
    {
        (string Type, int First, MqttRole Role)[] packets =
        [
            ("CONNACK", 0x20, MqttRole.Client), ("PUBACK", 0x40, MqttRole.Server), ("PUBREC", 0x50, MqttRole.Server), ("PUBREL", 0x62, MqttRole.Server),
            ("PUBCOMP", 0x70, MqttRole.Server), ("SUBSCRIBE", 0x82, MqttRole.Server), ("SUBACK", 0x90, MqttRole.Client), ("UNSUBSCRIBE", 0xA2, MqttRole.Server),
            ("UNSUBACK", 0xB0, MqttRole.Client), ("PINGREQ", 0xC0, MqttRole.Server), ("PINGRESP", 0xD0, MqttRole.Client), ("DISCONNECT", 0xE0, MqttRole.Server),
        ];
        return
            from packet in packets
            from flags in Enumerable.Range(0, 16)
            let first = (packet.First & 0xF0) | flags
            where first != packet.First
            select new MalformedCase(
                $"{clause} {packet.Type} with flags {flags}", version, packet.Role, MalformedPacket, Violations.ReservedFlags, $"{first:X2}");
    }

    private static IEnumerable<MalformedCase> TooLarge(MqttVersion version, string clause) =>
    [
        new($"{clause} one byte more than is taken, length of one byte", version, MqttRole.Server, PacketTooLarge, Violations.PacketTooLarge, "30 63") { MaximumPacketSize = 100 },
        new($"{clause} one byte more than is taken, length of two bytes", version, MqttRole.Server, PacketTooLarge, Violations.PacketTooLarge, "30 E607") { MaximumPacketSize = 1000 },
        new($"{clause} the largest that can be said", version, MqttRole.Server, PacketTooLarge, Violations.PacketTooLarge, "30 FFFFFF7F") { MaximumPacketSize = DecoderSettings.LargestPacketSize - 1 },
        new($"{clause} the length is not complete and too large already", version, MqttRole.Server, PacketTooLarge, Violations.PacketTooLarge, "30 FF") { MaximumPacketSize = 100 },
    ];
}
