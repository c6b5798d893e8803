using System.Buffers;
using BenchmarkDotNet.Attributes;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Bench.Codec;

/// <summary>
/// The way of one message through the codec: a PUBLISH in, a PUBACK out, the PUBLISH out again. The aim is the column
/// Allocated: none.
/// </summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private readonly FixedWriter _output = new();
    private PublishPacket _publish;
    private byte[] _published = [];
    private byte[] _acknowledged = [];
    private DecoderSettings _decoder;
    private EncoderSettings _encoder;

    [Params(MqttVersion.V311, MqttVersion.V500)]
    public MqttVersion Version { get; set; }

    /// <summary>With a User Property, a Content Type and an expiry: what a message of version 5 may well carry.</summary>
    [Params(false, true)]
    public bool Properties { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _decoder = new DecoderSettings(MqttRole.Server, Version, 1024 * 1024);
        _encoder = new EncoderSettings(Version);
        _publish = new PublishPacket
        {
            Topic = "sc/1/0198f2a4c0de7a3e9b5d1f20c3a4b5c6/steps"u8.ToArray(),
            Payload = new byte[256],
            Qos = QualityOfService.AtLeastOnce,
            PacketIdentifier = 4711,
            MessageExpiryInterval = Properties ? 3600 : null,
            Properties = Properties
                ? PublishProperties.Create(contentType: "application/json", userProperties: [new UserProperty("trace", "8f14e45fceea167a")])
                : default,
        };
        EncodePublish();
        _published = _output.Written.ToArray();
        EncodePubAck();
        _acknowledged = _output.Written.ToArray();
    }

    [Benchmark]
    public int DecodePublish()
    {
        MqttDecoder.Decode(_published, _decoder, out var packet);
        return packet.Publish.Payload.Length;
    }

    [Benchmark]
    public bool EncodePublish()
    {
        _output.Clear();
        return MqttEncoder.Encode(_output, _publish, _encoder);
    }

    [Benchmark]
    public int DecodePubAck()
    {
        MqttDecoder.Decode(_acknowledged, _decoder, out var packet);
        return packet.Ack.PacketIdentifier;
    }

    [Benchmark]
    public bool EncodePubAck()
    {
        _output.Clear();
        return MqttEncoder.Encode(_output, new AckPacket(ControlPacketType.PubAck, 4711), _encoder);
    }

    /// <summary>Memory that is there before the measurement begins.</summary>
    private sealed class FixedWriter : IBufferWriter<byte>
    {
        private readonly byte[] _memory = new byte[1024];
        private int _written;

        public ReadOnlySpan<byte> Written => _memory.AsSpan(0, _written);

        public void Clear() => _written = 0;
        public void Advance(int count) => _written += count;
        public Memory<byte> GetMemory(int sizeHint = 0) => _memory.AsMemory(_written);
        public Span<byte> GetSpan(int sizeHint = 0) => _memory.AsSpan(_written);
    }
}
