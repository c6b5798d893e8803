using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>The way of a message through the codec costs no memory.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData(MqttVersion.V311, "32 {0005 'a/b/c' 0001 'payload'}")]
    [InlineData(MqttVersion.V500, "32 {0005 'a/b/c' 0001 {} 'payload'}")]
    [InlineData(MqttVersion.V500, "34 {0005 'a/b/c' 0001 {01 01 02 0000000A 23 0001 26 0001 'k' 0001 'v'} 'payload'}")]
    [InlineData(MqttVersion.V311, "40 {0001}")]
    [InlineData(MqttVersion.V500, "40 {0001}")]
    [InlineData(MqttVersion.V500, "40 {0001 10}")]
    [InlineData(MqttVersion.V500, "62 {0001}")]
    [InlineData(MqttVersion.V500, "C0 00")]
    public void PUBLISH_and_its_acknowledgements_are_decoded_and_encoded_without_allocation(MqttVersion version, string text)
    {
        var bytes = Wire.Bytes(text);
        var settings = new DecoderSettings(MqttRole.Server, version, 1_000_000);
        var output = new FixedWriter(1024);
        Through(bytes, settings, output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Through(bytes, settings, output);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void Through(ReadOnlyMemory<byte> bytes, in DecoderSettings settings, FixedWriter output)
    {
        var result = MqttDecoder.Decode(bytes, settings, out var packet);
        if (result.Status != DecodeStatus.Decoded) throw new InvalidOperationException(result.ToString());
        var encoder = new EncoderSettings(settings.Version!.Value);
        output.Clear();
        if (packet.Type == ControlPacketType.Publish) MqttEncoder.Encode(output, packet.Publish, encoder);
        else if (packet.Type == ControlPacketType.PingReq) MqttEncoder.EncodePingResp(output);
        else MqttEncoder.Encode(output, packet.Ack, encoder);
    }

    private sealed class FixedWriter(int bytes) : System.Buffers.IBufferWriter<byte>
    {
        private readonly byte[] _memory = new byte[bytes];
        private int _written;

        public void Clear() => _written = 0;
        public void Advance(int count) => _written += count;
        public Memory<byte> GetMemory(int sizeHint = 0) => _memory.AsMemory(_written);
        public Span<byte> GetSpan(int sizeHint = 0) => _memory.AsSpan(_written);
    }
}
