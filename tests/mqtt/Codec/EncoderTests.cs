using System.Buffers;
using System.Text;
using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

public sealed class EncoderTests
{
    private static readonly UserProperty[] s_user = [new("k", "v")];

    /// <summary>Each packet that gives way, with Reason String "no" (5 bytes) and one User Property (7 bytes).</summary>
    public static TheoryData<ControlPacketType, string, string, string> GivingWay => new()
    {
        // all of it | without User Properties | without both
        { ControlPacketType.PubAck, "40 {0001 87 {1F 0002 'no' 26 0001 'k' 0001 'v'}}", "40 {0001 87 {1F 0002 'no'}}", "40 {0001 87}" },
        { ControlPacketType.PubRec, "50 {0001 87 {1F 0002 'no' 26 0001 'k' 0001 'v'}}", "50 {0001 87 {1F 0002 'no'}}", "50 {0001 87}" },
        { ControlPacketType.PubRel, "62 {0001 92 {1F 0002 'no' 26 0001 'k' 0001 'v'}}", "62 {0001 92 {1F 0002 'no'}}", "62 {0001 92}" },
        { ControlPacketType.PubComp, "70 {0001 92 {1F 0002 'no' 26 0001 'k' 0001 'v'}}", "70 {0001 92 {1F 0002 'no'}}", "70 {0001 92}" },
        { ControlPacketType.ConnAck, "20 {00 87 {1F 0002 'no' 26 0001 'k' 0001 'v'}}", "20 {00 87 {1F 0002 'no'}}", "20 {00 87 {}}" },
        { ControlPacketType.SubAck, "90 {0001 {1F 0002 'no' 26 0001 'k' 0001 'v'} 87}", "90 {0001 {1F 0002 'no'} 87}", "90 {0001 {} 87}" },
        { ControlPacketType.UnsubAck, "B0 {0001 {1F 0002 'no' 26 0001 'k' 0001 'v'} 87}", "B0 {0001 {1F 0002 'no'} 87}", "B0 {0001 {} 87}" },
        { ControlPacketType.Disconnect, "E0 {87 {1F 0002 'no' 26 0001 'k' 0001 'v'}}", "E0 {87 {1F 0002 'no'}}", "E0 {87}" },
        { ControlPacketType.Auth, "F0 {18 {15 0001 'm' 1F 0002 'no' 26 0001 'k' 0001 'v'}}", "F0 {18 {15 0001 'm' 1F 0002 'no'}}", "F0 {18 {15 0001 'm'}}" },
    };

    [Theory]
    [MemberData(nameof(GivingWay))]
    public void MQTT_3_4_2_2_User_Properties_and_then_the_Reason_String_give_way_to_the_Maximum_Packet_Size(
        ControlPacketType type, string all, string noUserProperties, string least)
    {
        var packet = Explained(type);
        foreach (var expected in new[] { all, noUserProperties, least }.Select(Wire.Bytes))
            Wire.Encode(packet, new EncoderSettings(MqttVersion.V500, (uint)expected.Length)).ShouldBe(expected);
        Wire.Encode(packet, new EncoderSettings(MqttVersion.V500, (uint)Wire.Bytes(least).Length - 1)).ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(GivingWay))]
    public void MQTT_3_1_2_29_Without_Request_Problem_Information_only_CONNACK_and_DISCONNECT_explain(
        ControlPacketType type, string all, string noUserProperties, string least)
    {
        var mayExplain = type is ControlPacketType.ConnAck or ControlPacketType.Disconnect;
        _ = noUserProperties;
        Wire.Encode(Explained(type), new EncoderSettings(MqttVersion.V500, ProblemInformation: false))
            .ShouldBe(Wire.Bytes(mayExplain ? all : least));
    }

    [Fact]
    public void A_Success_that_has_lost_its_properties_is_the_short_form() =>
        Wire.Encode(
                new MqttPacket(new AckPacket(ControlPacketType.PubAck, 1) { ReasonString = "stored" }),
                new EncoderSettings(MqttVersion.V500, 4))
            .ShouldBe(Wire.Bytes("40 {0001}"));

    [Fact]
    public void Nothing_is_written_of_a_packet_that_does_not_fit()
    {
        var output = new ArrayBufferWriter<byte>();
        var settings = new EncoderSettings(MqttVersion.V500, 20);
        MqttEncoder.Encode(output, new PublishPacket { Topic = "t"u8.ToArray(), Payload = new byte[20] }, settings).ShouldBeFalse();
        var subscribe = new SubscribePacket { PacketIdentifier = 1, Subscriptions = [new("a/very/long/filter", QualityOfService.AtMostOnce)] };
        MqttEncoder.Encode(output, subscribe, settings).ShouldBeFalse();
        output.WrittenCount.ShouldBe(0);
    }

    [Fact]
    public void What_a_message_carries_is_forwarded_as_it_came_and_the_properties_of_the_hop_are_not()
    {
        var bytes = Wire.Bytes("30 {0001 't' {23 0007 26 0001 'a' 0001 '1' 02 0000000A 0B 05 01 01 26 0001 'a' 0001 '2' 09 0001 FF} 'hi'}");
        Wire.Decode(bytes, MqttVersion.V500, MqttRole.Client, out var packet);
        packet.Publish.TopicAlias.ShouldBe((ushort)7);
        packet.Publish.MessageExpiryInterval.ShouldBe(10u);
        packet.Publish.SubscriptionIdentifiers.ToArray().ShouldBe([5u]);

        var forwarded = packet.Publish with { TopicAlias = 0, MessageExpiryInterval = 3, SubscriptionIdentifiers = new uint[] { 200, 1 } };
        Wire.Encode(new MqttPacket(forwarded), MqttVersion.V500).ShouldBe(Wire.Bytes(
            "30 {0001 't' {02 00000003 0B C801 0B 01 26 0001 'a' 0001 '1' 01 01 26 0001 'a' 0001 '2' 09 0001 FF} 'hi'}"));
        Wire.Encode(new MqttPacket(forwarded), MqttVersion.V311).ShouldBe(Wire.Bytes("30 {0001 't' 'hi'}"));
    }

    [Fact]
    public void The_properties_of_a_message_are_read_from_the_block()
    {
        var properties = PublishProperties.Create(
            payloadIsUtf8: true, contentType: "application/json", responseTopic: "r/ä", correlationData: Encoding.ASCII.GetBytes("id"),
            userProperties: [new("a", "1"), new("b", ""), new("a", "2")]);
        properties.PayloadIsUtf8.ShouldBeTrue();
        properties.ContentType.ShouldBe("application/json");
        properties.ResponseTopic.ShouldBe("r/ä");
        Encoding.ASCII.GetString(properties.CorrelationData!.Value.Span).ShouldBe("id");
        properties.UserProperties.ShouldBe([new("a", "1"), new("b", ""), new("a", "2")]);
        default(PublishProperties).UserProperties.ShouldBeEmpty();
        default(PublishProperties).CorrelationData.ShouldBeNull();
        default(PublishProperties).PayloadIsUtf8.ShouldBeFalse();
    }

    [Theory]
    [InlineData(ReasonCode.UnsupportedProtocolVersion, 1)]
    [InlineData(ReasonCode.ClientIdentifierNotValid, 2)]
    [InlineData(ReasonCode.ServerUnavailable, 3)]
    [InlineData(ReasonCode.ServerBusy, 3)]
    [InlineData(ReasonCode.BadUserNameOrPassword, 4)]
    [InlineData(ReasonCode.NotAuthorized, 5)]
    [InlineData(ReasonCode.Banned, 5)]
    public void MQTT_3_2_2_3_A_refusal_in_3_1_1_is_the_nearest_return_code(ReasonCode code, byte returnCode) =>
        Wire.Encode(new MqttPacket(ControlPacketType.ConnAck, new ConnAckPacket { ReasonCode = code }), MqttVersion.V311)
            .ShouldBe([0x20, 2, 0, returnCode]);

    [Fact]
    public void In_3_1_1_every_failed_subscription_is_0x80() =>
        Wire.Encode(
                new MqttPacket(ControlPacketType.SubAck, new SubAckPacket { PacketIdentifier = 1, ReasonCodes = [ReasonCode.NotAuthorized, ReasonCode.GrantedQos1] }),
                MqttVersion.V311)
            .ShouldBe(Wire.Bytes("90 {0001 80 01}"));

    [Fact]
    public void What_the_standard_has_no_bytes_for_is_the_callers_error()
    {
        var output = new ArrayBufferWriter<byte>();
        var v5 = new EncoderSettings(MqttVersion.V500);
        var topic = "t"u8.ToArray();
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new PublishPacket { Topic = topic, Qos = QualityOfService.AtLeastOnce }, v5));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new PublishPacket { Topic = topic, PacketIdentifier = 1 }, v5));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new PublishPacket { Topic = new byte[65_536] }, v5));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new AckPacket(ControlPacketType.PubAck, 0), v5));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new AuthPacket(), new EncoderSettings(MqttVersion.V311)));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new ConnectPacket { Version = MqttVersion.V311, Password = topic }));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new ConnectPacket { ClientIdentifier = "\0" }));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new ConnectPacket { ClientIdentifier = "\uD800" }));
        Should.Throw<ArgumentException>(() => MqttEncoder.Encode(output, new ConnectPacket { ClientIdentifier = new string('a', 65_536) }));
        Should.Throw<ArgumentException>(() => PublishProperties.Create(correlationData: new byte[65_536]));
        Should.Throw<ArgumentException>(() => MqttEncoder.Write(new byte[3], new PublishPacket { Topic = topic }, MqttVersion.V500));
        output.WrittenCount.ShouldBe(0);
    }

    private static MqttPacket Explained(ControlPacketType type) => type switch
    {
        ControlPacketType.ConnAck => new(type, new ConnAckPacket { ReasonCode = ReasonCode.NotAuthorized, ReasonString = "no", UserProperties = s_user }),
        ControlPacketType.SubAck => new(type, new SubAckPacket { PacketIdentifier = 1, ReasonCodes = [ReasonCode.NotAuthorized], ReasonString = "no", UserProperties = s_user }),
        ControlPacketType.UnsubAck => new(type, new UnsubAckPacket { PacketIdentifier = 1, ReasonCodes = [ReasonCode.NotAuthorized], ReasonString = "no", UserProperties = s_user }),
        ControlPacketType.Disconnect => new(type, new DisconnectPacket { ReasonCode = ReasonCode.NotAuthorized, ReasonString = "no", UserProperties = s_user }),
        ControlPacketType.Auth => new(type, new AuthPacket { ReasonCode = ReasonCode.ContinueAuthentication, AuthenticationMethod = "m", ReasonString = "no", UserProperties = s_user }),
        ControlPacketType.PubRel or ControlPacketType.PubComp =>
            new(new AckPacket(type, 1, ReasonCode.PacketIdentifierNotFound) { ReasonString = "no", UserProperties = s_user }),
        _ => new(new AckPacket(type, 1, ReasonCode.NotAuthorized) { ReasonString = "no", UserProperties = s_user }),
    };
}
