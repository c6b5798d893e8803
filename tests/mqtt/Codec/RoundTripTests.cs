using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

public sealed class RoundTripTests
{
    public static TheoryData<MqttVersion, MqttRole> Sides => new()
    {
        { MqttVersion.V311, MqttRole.Server }, { MqttVersion.V311, MqttRole.Client },
        { MqttVersion.V500, MqttRole.Server }, { MqttVersion.V500, MqttRole.Client },
    };

    [Theory]
    [MemberData(nameof(Sides))]
    public void What_is_encoded_is_decoded_to_the_same(MqttVersion version, MqttRole role) =>
        ForAll(version, role, packet =>
        {
            var bytes = Wire.Encode(packet, version);
            var result = Wire.Decode(bytes, Known(packet, version), role, out var decoded);
            result.ShouldBe(new DecodeResult(DecodeStatus.Decoded, bytes.Length));
            Wire.Describe(decoded).ShouldBe(Wire.Describe(packet));
        });

    [Theory]
    [MemberData(nameof(Sides))]
    public void Every_prefix_of_every_packet_needs_more(MqttVersion version, MqttRole role) =>
        ForAll(version, role, packet =>
        {
            var bytes = Wire.Encode(packet, version);
            for (var length = 0; length < bytes.Length; length++)
                Wire.Decode(bytes.AsMemory(0, length), Known(packet, version), role, out _).Status.ShouldBe(DecodeStatus.NeedMore);
        });

    [Theory]
    [MemberData(nameof(Sides))]
    public void A_packet_fits_its_own_length_and_nothing_less(MqttVersion version, MqttRole role) =>
        ForAll(version, role, packet =>
        {
            var bytes = Wire.Encode(packet, version);
            var known = Known(packet, version);
            Wire.Decode(bytes, known, role, out _, (uint)bytes.Length).Status.ShouldBe(DecodeStatus.Decoded);
            Wire.Decode(bytes.AsMemory(0, bytes.Length > 129 ? 3 : 2), known, role, out _, (uint)bytes.Length - 1)
                .Violation.ShouldBe(Violations.PacketTooLarge);
            // CONNECT goes out before any limit is known, and a ping is as short as a packet can be.
            if (packet.Type is ControlPacketType.Connect or ControlPacketType.PingReq or ControlPacketType.PingResp) return;
            var less = Wire.Encode(packet, new EncoderSettings(version, (uint)bytes.Length - 1));
            (less?.Length ?? 0).ShouldBeLessThan(bytes.Length);
        });

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public void A_PUBLISH_is_as_long_as_it_was_measured(MqttVersion version) =>
        ForAll(version, MqttRole.Client, packet =>
        {
            if (packet.Type != ControlPacketType.Publish) return;
            var bytes = Wire.Encode(packet, version);
            MqttEncoder.GetLength(packet.Publish, version).ShouldBe(bytes.Length);
            var written = new byte[bytes.Length];
            MqttEncoder.Write(written, packet.Publish, version).ShouldBe(bytes.Length);
            written.ShouldBe(bytes);
        });

    [Fact]
    public void Every_Reason_Code_of_each_table_passes_and_no_other()
    {
        Check("40 {0001 ", ReasonCodeTables.PubAck, MqttVersion.V500, MqttRole.Server);
        Check("50 {0001 ", ReasonCodeTables.PubAck, MqttVersion.V500, MqttRole.Server);
        Check("62 {0001 ", ReasonCodeTables.PubRel, MqttVersion.V500, MqttRole.Server);
        Check("70 {0001 ", ReasonCodeTables.PubRel, MqttVersion.V500, MqttRole.Server);
        Check("90 {0001 {} ", ReasonCodeTables.SubAck, MqttVersion.V500, MqttRole.Client);
        Check("90 {0001 ", ReasonCodeTables.SubAck311, MqttVersion.V311, MqttRole.Client);
        Check("B0 {0001 {} ", ReasonCodeTables.UnsubAck, MqttVersion.V500, MqttRole.Client);
        Check("E0 {", ReasonCodeTables.DisconnectByClient, MqttVersion.V500, MqttRole.Server);
        Check("E0 {", ReasonCodeTables.DisconnectByServer, MqttVersion.V500, MqttRole.Client);
        Check("20 {00 ", ReasonCodeTables.ConnAck, MqttVersion.V500, MqttRole.Client, " {}}");
        Check("20 {00 ", [0, 1, 2, 3, 4, 5], MqttVersion.V311, MqttRole.Client);
        Check("F0 {", [0x18, 0x19], MqttVersion.V500, MqttRole.Server, " {15 0001 'm'}}");
        Check("F0 {", [0x00, 0x18], MqttVersion.V500, MqttRole.Client, " {15 0001 'm'}}");

        static void Check(string before, byte[] allowed, MqttVersion version, MqttRole role, string after = "}")
        {
            var passed = Enumerable.Range(0, 256).Where(code =>
            {
                var result = Wire.Decode(Wire.Bytes($"{before}{code:X2}{after}"), version, role, out _);
                if (result.Status == DecodeStatus.Refused) result.Violation.ShouldBe(Violations.UnknownReasonCode);
                return result.Status == DecodeStatus.Decoded;
            });
            passed.ShouldBe(allowed.Select(code => (int)code), ignoreOrder: true, before);
        }
    }

    private static MqttVersion? Known(in MqttPacket packet, MqttVersion version) =>
        packet.Type == ControlPacketType.Connect ? null : version;

    private static void ForAll(MqttVersion version, MqttRole role, Action<MqttPacket> check) =>
        Prop.ForAll(PacketGenerators.Packet(version, role).ToArbitrary(), check)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(12));
}
