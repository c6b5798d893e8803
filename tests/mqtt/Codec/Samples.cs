using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>A right packet, written out byte by byte from the text and the examples of the two standards.</summary>
/// <param name="Version">Of the connection; for CONNECT of the packet.</param>
/// <param name="Role">Who receives it.</param>
public sealed record Sample(string Title, MqttVersion Version, MqttRole Role, string Text)
{
    public byte[] Bytes { get; } = Wire.Bytes(Text);

    /// <summary>A Server decodes CONNECT before it knows a version.</summary>
    public MqttVersion? Known => Bytes[0] == 0x10 ? null : Version;

    public override string ToString() => $"{Version} {Title}";
}

public static class Samples
{
    private const MqttVersion V311 = MqttVersion.V311;
    private const MqttVersion V500 = MqttVersion.V500;
    private const MqttRole Server = MqttRole.Server;
    private const MqttRole Client = MqttRole.Client;

    public static IReadOnlyList<Sample> All { get; } =
    [
        new("CONNECT, nothing but what must be", V311, Server, "10 0D 0004 'MQTT' 04 02 003C 0001 'a'"),
        new("CONNECT, empty Client Identifier", V311, Server, "10 0C 0004 'MQTT' 04 02 000A 0000"),
        new("CONNECT, Will, user name and password", V311, Server,
            "10 1E 0004 'MQTT' 04 F6 000A 0001 'c' 0003 'a/b' 0002 'hi' 0002 'us' 0002 'pw'"),
        new("CONNECT, nothing but what must be", V500, Server, "10 0D 0004 'MQTT' 05 02 000A 00 0000"),
        new("CONNECT, every property", V500, Server,
            "10 3F 0004 'MQTT' 05 C2 000A 2D 11 0000000A 21 000A 27 00001000 22 0005 19 01 17 00 26 0001 'k' 0001 'v' 26 0001 'k' 0001 'w' "
            + "15 0003 'tok' 16 0002 0102 0001 'c' 0000 0000"),
        new("CONNECT, Will with every property", V500, Server,
            "10 37 0004 'MQTT' 05 2C 000A 00 0001 'c' 1F 18 00000005 01 01 02 0000000A 03 0001 't' 08 0001 'r' 09 0001 FF 26 0001 'k' 0001 'v' 0003 'a/b' 0002 'hi'"),
        new("CONNECT, password without a user name", V500, Server, "10 11 0004 'MQTT' 05 42 0000 00 0000 0002 'pw'"),
        new("CONNACK, accepted", V311, Client, "20 02 01 00"),
        new("CONNACK, refused", V311, Client, "20 02 00 05"),
        new("CONNACK, accepted", V500, Client, "20 03 01 00 00"),
        new("CONNACK, every property", V500, Client,
            "20 42 00 00 3F 11 00000001 21 0002 24 01 25 00 27 00000010 12 0001 'a' 22 0003 1F 0002 'ok' 26 0001 'k' 0001 'v' 28 00 29 00 2A 00 13 001E "
            + "1A 0003 'r/i' 1C 0001 's' 15 0001 'm' 16 0001 FF"),
        new("PUBLISH, the example of §3.3.2", V311, Server, "30 07 0003 'a/b' 'hi'"),
        new("PUBLISH, QoS 1, the example of §3.3.2", V311, Server, "32 09 0003 'a/b' 000A 'hi'"),
        new("PUBLISH, QoS 2, DUP and RETAIN, no payload", V311, Client, "3D 07 0003 'a/b' 000A"),
        new("PUBLISH, the example of §3.3.2", V500, Server, "32 08 0003 'a/b' 000A 00"),
        new("PUBLISH, every property of a Client", V500, Server,
            "30 25 0003 'a/b' 1D 01 01 02 0000000A 03 0001 't' 08 0001 'r' 09 0001 FF 23 0007 26 0001 'k' 0001 'v' 'hi'"),
        new("PUBLISH, alias alone", V500, Server, "30 06 0000 03 23 0007"),
        new("PUBLISH, Subscription Identifiers", V500, Client, "34 0E 0003 'a/b' 0001 05 0B 01 0B FF7F 'x'"),
        new("PUBACK", V311, Server, "40 02 000A"),
        new("PUBREC", V311, Client, "50 02 000A"),
        new("PUBREL", V311, Server, "62 02 000A"),
        new("PUBCOMP", V311, Client, "70 02 000A"),
        new("PUBACK, short", V500, Server, "40 02 000A"),
        new("PUBACK, a Reason Code", V500, Client, "40 03 000A 10"),
        new("PUBACK, Reason String and User Property", V500, Client, "40 10 000A 87 0C 1F 0002 'no' 26 0001 'k' 0001 'v'"),
        new("PUBREC, a Reason Code and no properties", V500, Server, "50 04 000A 97 00"),
        new("PUBREL, not found", V500, Server, "62 03 000A 92"),
        new("PUBCOMP", V500, Client, "70 02 FFFF"),
        new("SUBSCRIBE, the example of §3.8.3", V311, Server, "82 0E 000A 0003 'a/b' 01 0003 'c/d' 02"),
        new("SUBSCRIBE, the example of §3.8.3", V500, Server, "82 0F 000A 00 0003 'a/b' 01 0003 'c/d' 02"),
        new("SUBSCRIBE, every option and property", V500, Server,
            "82 1E 000A 0A 0B 8001 26 0001 'k' 0001 'v' 0001 '#' 2E 000A '$share/s/+' 00"),
        new("SUBACK, the example of §3.9.3", V311, Client, "90 05 000A 00 02 80"),
        new("SUBACK, every property", V500, Client, "90 11 000A 0C 1F 0002 'ok' 26 0001 'k' 0001 'v' 01 87"),
        new("UNSUBSCRIBE, the example of §3.10.3", V311, Server, "A2 0C 000A 0003 'a/b' 0003 'c/d'"),
        new("UNSUBSCRIBE, the example of §3.10.3", V500, Server, "A2 0D 000A 00 0003 'a/b' 0003 'c/d'"),
        new("UNSUBSCRIBE, a property", V500, Server, "A2 0D 000A 07 26 0001 'k' 0001 'v' 0001 '#'"),
        new("UNSUBACK", V311, Client, "B0 02 000A"),
        new("UNSUBACK", V500, Client, "B0 05 000A 00 00 11"),
        new("PINGREQ", V311, Server, "C0 00"),
        new("PINGREQ", V500, Server, "C0 00"),
        new("PINGRESP", V311, Client, "D0 00"),
        new("PINGRESP", V500, Client, "D0 00"),
        new("DISCONNECT", V311, Server, "E0 00"),
        new("DISCONNECT, short", V500, Server, "E0 00"),
        new("DISCONNECT, a Reason Code", V500, Server, "E0 01 04"),
        new("DISCONNECT, Session Expiry Interval", V500, Server, "E0 07 00 05 11 00000000"),
        new("DISCONNECT, every property of a Server", V500, Client, "E0 12 9C 10 1F 0002 'go' 26 0001 'k' 0001 'v' 1C 0001 's'"),
        new("AUTH, short", V500, Client, "F0 00"),
        new("AUTH, re-authenticate", V500, Server, "F0 0B 19 09 15 0001 'm' 16 0002 0102"),
        new("AUTH, every property", V500, Client, "F0 17 18 15 15 0001 'm' 16 0002 0102 1F 0002 'ok' 26 0001 'k' 0001 'v'"),
    ];
}
