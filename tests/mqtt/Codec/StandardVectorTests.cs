using System.Text;
using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>The examples that the standards print, byte for byte.</summary>
public sealed class StandardVectorTests
{
    /// <summary>MQTT 5.0 §1.5.5, table 1-1 (3.1.1 §2.2.3, table 2.4): the bounds of each length.</summary>
    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    [InlineData(2_097_151, "FFFF7F")]
    [InlineData(2_097_152, "80808001")]
    [InlineData(268_435_455, "FFFFFF7F")]
    public void A_Remaining_Length_is_read_as_the_table_says(int remaining, string encoded)
    {
        var result = Wire.Decode(Wire.Bytes("30" + encoded), MqttVersion.V311, MqttRole.Server, out _);
        if (remaining == 0)
        {
            result.Violation.ShouldBe(Violations.Truncated);
            return;
        }
        result.ShouldBe(new DecodeResult(DecodeStatus.NeedMore, 1 + (encoded.Length / 2) + remaining));
    }

    [Theory]
    [InlineData(127 - 5, "7F")]
    [InlineData(128 - 5, "8001")]
    [InlineData(16_383 - 5, "FF7F")]
    [InlineData(16_384 - 5, "808001")]
    [InlineData(2_097_151 - 5, "FFFF7F")]
    [InlineData(2_097_152 - 5, "80808001")]
    public void A_Remaining_Length_is_written_as_the_table_says(int payload, string encoded)
    {
        // Topic Name a/b: five bytes before the payload.
        var packet = new PublishPacket { Topic = "a/b"u8.ToArray(), Payload = new byte[payload] };
        var bytes = Wire.Encode(new MqttPacket(packet), MqttVersion.V311);
        Convert.ToHexString(bytes.AsSpan(1, encoded.Length / 2)).ShouldBe(encoded);
        bytes.Length.ShouldBe(1 + (encoded.Length / 2) + 5 + payload);
    }

    [Fact]
    public void In_3_1_1_a_Remaining_Length_need_not_be_minimal()
    {
        Wire.Decode(Wire.Bytes("C0 8000"), MqttVersion.V311, MqttRole.Server, out _).ShouldBe(new DecodeResult(DecodeStatus.Decoded, 3));
        Wire.Decode(Wire.Bytes("10 8C00 0004 'MQTT' 04 02 000A 0000"), null, MqttRole.Server, out _).ShouldBe(new DecodeResult(DecodeStatus.Decoded, 15));
    }

    /// <summary>MQTT 5.0 §1.5.4, figure 1-2: the string A and U+2A6D4.</summary>
    [Fact]
    public void MQTT_1_5_4_The_example_of_a_string_is_read_and_written()
    {
        var bytes = Wire.Bytes("10 {0004 'MQTT' 04 02 0000 0005 41 F0AA9B94}");
        Wire.Decode(bytes, null, MqttRole.Server, out var packet);
        ((ConnectPacket)packet.Body!).ClientIdentifier.ShouldBe("A\U0002A6D4");
        Wire.Encode(packet, MqttVersion.V311).ShouldBe(bytes);
    }

    [Fact]
    public void MQTT_1_5_4_3_A_byte_order_mark_stays_in_a_string()
    {
        Wire.Decode(Wire.Bytes("82 {0001 0004 EFBBBF 61 00}"), MqttVersion.V311, MqttRole.Server, out var packet);
        ((SubscribePacket)packet.Body!).Subscriptions[0].TopicFilter.ShouldBe("\uFEFFa");
    }

    /// <summary>MQTT 3.1.1 §3.1.2.3, figures 3.2 to 3.6: name, level 4, flags 1100 1110, Keep Alive 10.</summary>
    [Fact]
    public void MQTT_3_1_2_The_example_of_a_CONNECT_is_read()
    {
        var bytes = Wire.Bytes("10 {0004 'MQTT' 04 CE 000A 0001 'c' 0001 'w' 0001 'm' 0001 'u' 0001 'p'}");
        Wire.Decode(bytes, null, MqttRole.Server, out var packet);
        var connect = (ConnectPacket)packet.Body!;
        connect.Version.ShouldBe(MqttVersion.V311);
        connect.CleanStart.ShouldBeTrue();
        connect.KeepAlive.ShouldBe((ushort)10);
        connect.ClientIdentifier.ShouldBe("c");
        connect.Will!.Topic.ShouldBe("w");
        Encoding.ASCII.GetString(connect.Will.Payload.Span).ShouldBe("m");
        connect.Will.Qos.ShouldBe(QualityOfService.AtLeastOnce);
        connect.Will.Retain.ShouldBeFalse();
        connect.UserName.ShouldBe("u");
        Encoding.ASCII.GetString(connect.Password!.Value.Span).ShouldBe("p");
        Wire.Encode(packet, MqttVersion.V311).ShouldBe(bytes);
    }

    /// <summary>MQTT 5.0 §3.1.2.11: the same with Session Expiry Interval 10.</summary>
    [Fact]
    public void MQTT_5_3_1_2_The_example_of_a_CONNECT_is_read()
    {
        var bytes = Wire.Bytes("10 {0004 'MQTT' 05 CE 000A {11 0000000A} 0001 'c' {18 00000003} 0001 'w' 0001 'm' 0001 'u' 0001 'p'}");
        Wire.Decode(bytes, null, MqttRole.Server, out var packet);
        var connect = (ConnectPacket)packet.Body!;
        connect.Version.ShouldBe(MqttVersion.V500);
        connect.SessionExpiryInterval.ShouldBe(10u);
        connect.Will!.DelayInterval.ShouldBe(3u);
        Wire.Encode(packet, MqttVersion.V500).ShouldBe(bytes);
    }

    [Fact]
    public void What_a_CONNECT_leaves_out_has_the_value_of_its_absence()
    {
        Wire.Decode(Wire.Bytes("10 {0004 'MQTT' 05 00 0000 {} 0000}"), null, MqttRole.Server, out var packet);
        var connect = (ConnectPacket)packet.Body!;
        connect.SessionExpiryInterval.ShouldBe(0u);
        connect.ReceiveMaximum.ShouldBe(ushort.MaxValue);
        connect.MaximumPacketSize.ShouldBeNull();
        connect.TopicAliasMaximum.ShouldBe((ushort)0);
        connect.RequestResponseInformation.ShouldBeFalse();
        connect.RequestProblemInformation.ShouldBeTrue();
        connect.Will.ShouldBeNull();
        connect.UserName.ShouldBeNull();
        connect.Password.ShouldBeNull();
        connect.AuthenticationData.ShouldBeNull();
    }

    /// <summary>MQTT 5.0 §3.3.2, figure 3-9: a/b, Packet Identifier 10, no properties.</summary>
    [Fact]
    public void MQTT_5_3_3_2_The_example_of_a_PUBLISH_is_written()
    {
        var packet = new PublishPacket { Topic = "a/b"u8.ToArray(), PacketIdentifier = 10, Qos = QualityOfService.AtLeastOnce };
        Wire.Encode(new MqttPacket(packet), MqttVersion.V500).ShouldBe(Wire.Bytes("32 08 0003 'a/b' 000A 00"));
    }

    /// <summary>MQTT 5.0 §3.8.3, figures 3-20 to 3-22.</summary>
    [Fact]
    public void MQTT_5_3_8_3_The_example_of_a_SUBSCRIBE_is_written()
    {
        var packet = new SubscribePacket
        {
            PacketIdentifier = 10,
            Subscriptions = [new Subscription("a/b", QualityOfService.AtLeastOnce), new Subscription("c/d", QualityOfService.ExactlyOnce)],
        };
        Wire.Encode(new MqttPacket(ControlPacketType.Subscribe, packet), MqttVersion.V500)
            .ShouldBe(Wire.Bytes("82 0F 000A 00 0003 'a/b' 01 0003 'c/d' 02"));
    }

    [Theory]
    [InlineData("$share/consumer1/sport/tennis/+")]
    [InlineData("$share/consumer2/sport/tennis/+")]
    [InlineData("$share/consumer1//finance")]
    [InlineData("$share/consumer1/+/finance")]
    [InlineData("sport/tennis/player1/#")]
    [InlineData("sport/#")]
    [InlineData("#")]
    [InlineData("+")]
    [InlineData("+/tennis/#")]
    [InlineData("/+")]
    [InlineData("/")]
    [InlineData("$SYS/#")]
    public void MQTT_4_7_and_4_8_The_filters_that_the_standard_calls_valid_are(string filter) =>
        TopicRules.CheckTopicFilter(filter, MqttVersion.V500).ShouldBeNull();

    [Theory]
    [InlineData("sport/tennis#")]
    [InlineData("sport/tennis/#/ranking")]
    [InlineData("sport+")]
    public void MQTT_4_7_The_filters_that_the_standard_calls_not_valid_are_not(string filter) =>
        TopicRules.CheckTopicFilter(filter, MqttVersion.V311).ShouldNotBeNull();

    [Fact]
    public void Before_version_5_share_is_a_level_like_any_other() =>
        TopicRules.CheckTopicFilter("$share/", MqttVersion.V311).ShouldBeNull();
}
