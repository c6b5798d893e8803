using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

public sealed class SampleTests
{
    public static TheoryData<string> Titles => [.. Samples.All.Select(sample => sample.ToString())];

    private static Sample Find(string title) => Samples.All.Single(sample => sample.ToString() == title);

    [Fact]
    public void Every_packet_type_has_a_sample_in_each_version_that_knows_it()
    {
        foreach (var version in Enum.GetValues<MqttVersion>())
        {
            var last = version == MqttVersion.V311 ? ControlPacketType.Disconnect : ControlPacketType.Auth;
            var types = Samples.All.Where(sample => sample.Version == version).Select(sample => sample.Bytes[0] >> 4).ToHashSet();
            types.ShouldBe(Enumerable.Range(1, (int)last), ignoreOrder: true);
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void A_whole_packet_is_decoded_and_nothing_behind_it_is_touched(string title)
    {
        var sample = Find(title);
        byte[] input = [.. sample.Bytes, 0xFF, 0xFF];
        var result = Wire.Decode(input, sample.Known, sample.Role, out var packet);
        result.ShouldBe(new DecodeResult(DecodeStatus.Decoded, sample.Bytes.Length));
        packet.Type.ShouldBe((ControlPacketType)(sample.Bytes[0] >> 4));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void Every_prefix_needs_more(string title)
    {
        var sample = Find(title);
        for (var length = 0; length < sample.Bytes.Length; length++)
        {
            var result = Wire.Decode(sample.Bytes.AsMemory(0, length), sample.Known, sample.Role, out _);
            result.Status.ShouldBe(DecodeStatus.NeedMore, $"after {length} bytes");
            // Two bytes of fixed header say the length; all samples are short enough for that.
            result.Length.ShouldBe(length < 2 ? 0 : sample.Bytes.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void One_byte_at_a_time_gives_the_same_packet_as_all_at_once(string title)
    {
        var sample = Find(title);
        Wire.Decode(sample.Bytes, sample.Known, sample.Role, out var whole);
        var received = new List<byte>();
        var statuses = new List<DecodeStatus>();
        MqttPacket packet = default;
        foreach (var octet in sample.Bytes)
        {
            received.Add(octet);
            statuses.Add(Wire.Decode(received.ToArray(), sample.Known, sample.Role, out packet).Status);
        }
        statuses[^1].ShouldBe(DecodeStatus.Decoded);
        statuses[..^1].ShouldAllBe(status => status == DecodeStatus.NeedMore);
        Wire.Describe(packet).ShouldBe(Wire.Describe(whole));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void A_packet_that_is_cut_short_within_its_own_length_is_malformed(string title)
    {
        var sample = Find(title);
        var body = sample.Bytes[2..];
        for (var length = 0; length < body.Length; length++)
        {
            byte[] cut = [sample.Bytes[0], (byte)length, .. body[..length]];
            var result = Wire.Decode(cut, sample.Known, sample.Role, out var packet);
            // Some fields may be left out at the end, and a payload may be any length: then it is another right packet.
            if (result.Status == DecodeStatus.Decoded)
            {
                result.Length.ShouldBe(cut.Length);
                MayEndAt(packet, sample).ShouldBeTrue($"{length} bytes of body passed");
                continue;
            }
            result.Status.ShouldBe(DecodeStatus.Refused);
            result.Violation.ShouldNotBeNull();
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void What_a_sample_says_is_encoded_to_bytes_that_say_the_same(string title)
    {
        var sample = Find(title);
        Wire.Decode(sample.Bytes, sample.Known, sample.Role, out var packet);
        var encoded = Wire.Encode(packet, sample.Version);
        Wire.Decode(encoded, sample.Known, sample.Role, out var again).Status.ShouldBe(DecodeStatus.Decoded);
        Wire.Describe(again).ShouldBe(Wire.Describe(packet));
    }

    private static bool MayEndAt(in MqttPacket packet, Sample sample) => packet.Type switch
    {
        ControlPacketType.Publish => true,
        ControlPacketType.Subscribe or ControlPacketType.SubAck or ControlPacketType.Unsubscribe or ControlPacketType.UnsubAck => true,
        ControlPacketType.PubAck or ControlPacketType.PubRec or ControlPacketType.PubRel or ControlPacketType.PubComp
            or ControlPacketType.Disconnect or ControlPacketType.Auth => sample.Version == MqttVersion.V500,
        _ => false,
    };
}
