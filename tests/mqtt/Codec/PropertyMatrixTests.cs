using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>Every property in every packet, against table 2-4 of MQTT 5.0 §2.2.2.2 as it is printed.</summary>
public sealed class PropertyMatrixTests
{
    private const string Acks = "PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK";
    private const string Message = "PUBLISH WILL";

    /// <summary>The table: identifier, a right value, the packets.</summary>
    private static readonly (PropertyIdentifier Identifier, string Value, string Packets)[] s_properties =
    [
        (PropertyIdentifier.PayloadFormatIndicator, "01", Message),
        (PropertyIdentifier.MessageExpiryInterval, "00000001", Message),
        (PropertyIdentifier.ContentType, "0001 't'", Message),
        (PropertyIdentifier.ResponseTopic, "0001 't'", Message),
        (PropertyIdentifier.CorrelationData, "0001 FF", Message),
        (PropertyIdentifier.SubscriptionIdentifier, "01", "PUBLISH SUBSCRIBE"),
        (PropertyIdentifier.SessionExpiryInterval, "00000001", "CONNECT CONNACK DISCONNECT"),
        (PropertyIdentifier.AssignedClientIdentifier, "0001 'c'", "CONNACK"),
        (PropertyIdentifier.ServerKeepAlive, "0001", "CONNACK"),
        (PropertyIdentifier.AuthenticationMethod, "0001 'm'", "CONNECT CONNACK AUTH"),
        (PropertyIdentifier.AuthenticationData, "0001 FF", "CONNECT CONNACK AUTH"),
        (PropertyIdentifier.RequestProblemInformation, "01", "CONNECT"),
        (PropertyIdentifier.WillDelayInterval, "00000001", "WILL"),
        (PropertyIdentifier.RequestResponseInformation, "01", "CONNECT"),
        (PropertyIdentifier.ResponseInformation, "0001 'r'", "CONNACK"),
        (PropertyIdentifier.ServerReference, "0001 's'", "CONNACK DISCONNECT"),
        (PropertyIdentifier.ReasonString, "0001 'r'", $"CONNACK {Acks} DISCONNECT AUTH"),
        (PropertyIdentifier.ReceiveMaximum, "0001", "CONNECT CONNACK"),
        (PropertyIdentifier.TopicAliasMaximum, "0001", "CONNECT CONNACK"),
        (PropertyIdentifier.TopicAlias, "0001", "PUBLISH"),
        (PropertyIdentifier.MaximumQos, "01", "CONNACK"),
        (PropertyIdentifier.RetainAvailable, "01", "CONNACK"),
        (PropertyIdentifier.UserProperty, "0001 'k' 0001 'v'", $"CONNECT CONNACK {Message} {Acks} SUBSCRIBE UNSUBSCRIBE DISCONNECT AUTH"),
        (PropertyIdentifier.MaximumPacketSize, "00000001", "CONNECT CONNACK"),
        (PropertyIdentifier.WildcardSubscriptionAvailable, "01", "CONNACK"),
        (PropertyIdentifier.SubscriptionIdentifierAvailable, "01", "CONNACK"),
        (PropertyIdentifier.SharedSubscriptionAvailable, "01", "CONNACK"),
    ];

    /// <summary>A packet around its properties, and the side that lets all of them in.</summary>
    private static readonly Dictionary<string, (MqttVersion? Version, MqttRole Role, string Before, string After)> s_packets = new()
    {
        ["CONNECT"] = (null, MqttRole.Server, "10 {0004 'MQTT' 05 02 0000 ", " 0000}"),
        ["WILL"] = (null, MqttRole.Server, "10 {0004 'MQTT' 05 06 0000 {} 0000 ", " 0001 't' 0000}"),
        ["CONNACK"] = (MqttVersion.V500, MqttRole.Client, "20 {00 00 ", "}"),
        ["PUBLISH"] = (MqttVersion.V500, MqttRole.Client, "30 {0001 't' ", "}"),
        ["PUBACK"] = (MqttVersion.V500, MqttRole.Server, "40 {0001 00 ", "}"),
        ["PUBREC"] = (MqttVersion.V500, MqttRole.Server, "50 {0001 00 ", "}"),
        ["PUBREL"] = (MqttVersion.V500, MqttRole.Server, "62 {0001 00 ", "}"),
        ["PUBCOMP"] = (MqttVersion.V500, MqttRole.Server, "70 {0001 00 ", "}"),
        ["SUBSCRIBE"] = (MqttVersion.V500, MqttRole.Server, "82 {0001 ", " 0001 'a' 00}"),
        ["SUBACK"] = (MqttVersion.V500, MqttRole.Client, "90 {0001 ", " 00}"),
        ["UNSUBSCRIBE"] = (MqttVersion.V500, MqttRole.Server, "A2 {0001 ", " 0001 'a'}"),
        ["UNSUBACK"] = (MqttVersion.V500, MqttRole.Client, "B0 {0001 ", " 00}"),
        ["DISCONNECT"] = (MqttVersion.V500, MqttRole.Server, "E0 {00 ", "}"),
        ["AUTH"] = (MqttVersion.V500, MqttRole.Server, "F0 {18 ", "}"),
    };

    public static TheoryData<string> Packets => [.. s_packets.Keys];

    [Fact]
    public void The_table_has_every_property() =>
        s_properties.Select(property => property.Identifier).ShouldBe(
            Enum.GetValues<PropertyIdentifier>().Where(identifier => identifier != PropertyIdentifier.None), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Packets))]
    public void MQTT_5_2_2_2_2_A_property_passes_in_its_packets_and_is_malformed_in_all_others(string packet)
    {
        foreach (var (identifier, value, packets) in s_properties)
        {
            var result = Decode(packet, Property(identifier, value), identifier);
            if (packets.Split(' ').Contains(packet))
            {
                result.Status.ShouldBe(DecodeStatus.Decoded, identifier.ToString());
                continue;
            }
            result.Violation.ShouldBe(Violations.PropertyNotAllowed, identifier.ToString());
            result.Violation!.ReasonCode.ShouldBe(ReasonCode.MalformedPacket);
        }
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void MQTT_5_2_2_2_2_A_property_twice_is_a_Protocol_Error_where_it_may_be_there_once(string packet)
    {
        foreach (var (identifier, value, packets) in s_properties)
        {
            if (!packets.Split(' ').Contains(packet)) continue;
            var property = Property(identifier, value);
            var result = Decode(packet, $"{property} {property}", identifier);
            // §3.1.2.11.8 and its like: User Property may repeat; §3.3.2.3.8: Subscription Identifier in PUBLISH.
            var mayRepeat = identifier == PropertyIdentifier.UserProperty
                || (identifier == PropertyIdentifier.SubscriptionIdentifier && packet == "PUBLISH");
            if (mayRepeat)
            {
                result.Status.ShouldBe(DecodeStatus.Decoded, identifier.ToString());
                continue;
            }
            result.Violation.ShouldBe(Violations.DuplicateProperty, identifier.ToString());
            result.Violation!.ReasonCode.ShouldBe(ReasonCode.ProtocolError);
        }
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void A_property_cut_off_by_the_Property_Length_is_malformed(string packet)
    {
        foreach (var (identifier, value, packets) in s_properties)
        {
            if (!packets.Split(' ').Contains(packet)) continue;
            var whole = Wire.Bytes(value);
            for (var length = 0; length < whole.Length; length++)
            {
                var property = Property(identifier, Convert.ToHexString(whole.AsSpan(0, length)));
                Decode(packet, property, identifier).Violation.ShouldBe(Violations.Truncated, $"{identifier} after {length} bytes");
            }
        }
    }

    [Fact]
    public void Every_other_identifier_is_malformed()
    {
        var known = Enum.GetValues<PropertyIdentifier>().Select(identifier => (int)identifier).ToHashSet();
        for (var identifier = 0; identifier <= 0x7F; identifier++)
        {
            if (known.Contains(identifier) && identifier != 0) continue;
            Decode("DISCONNECT", $"{identifier:X2} 0001 'a'", default).Violation.ShouldBe(Violations.UnknownProperty, $"0x{identifier:X2}");
        }
    }

    private static string Property(PropertyIdentifier identifier, string value) => $"{(int)identifier:X2} {value}";

    private static DecodeResult Decode(string packet, string property, PropertyIdentifier identifier)
    {
        var (version, role, before, after) = s_packets[packet];
        // Data needs a method beside it, and AUTH always needs one (§3.1.2.11.10, §3.15.2.2.2).
        var needsMethod = identifier != PropertyIdentifier.AuthenticationMethod
            && (packet == "AUTH" || (packet == "CONNECT" && identifier == PropertyIdentifier.AuthenticationData));
        var properties = needsMethod ? $"15 0001 'm' {property}" : property;
        return Wire.Decode(Wire.Bytes($"{before}{{{properties}}}{after}"), version, role, out _);
    }
}
