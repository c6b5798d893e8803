using System.Buffers;
using System.Text.Json;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>Between packets, bytes and text.</summary>
internal static class Wire
{
    /// <summary>"10 02 'a/b'": hexadecimal bytes, and between apostrophes ASCII text.</summary>
    public static byte[] Bytes(string text)
    {
        var parts = text.Split('\'');
        return [.. parts.SelectMany((part, i) => i % 2 == 1
            ? part.Select(c => (byte)c)
            : Convert.FromHexString(part.Replace(" ", "", StringComparison.Ordinal)))];
    }

    public static byte[] Encode(in MqttPacket packet, MqttVersion version) => Encode(packet, new EncoderSettings(version))!;

    /// <summary>Null: it does not fit.</summary>
    public static byte[]? Encode(in MqttPacket packet, in EncoderSettings settings)
    {
        var output = new ArrayBufferWriter<byte>();
        var fits = packet.Type switch
        {
            ControlPacketType.Publish => MqttEncoder.Encode(output, packet.Publish, settings),
            ControlPacketType.PingReq => Ping(output, MqttEncoder.EncodePingReq),
            ControlPacketType.PingResp => Ping(output, MqttEncoder.EncodePingResp),
            _ => packet.Body switch
            {
                ConnectPacket connect => MqttEncoder.Encode(output, connect),
                ConnAckPacket connAck => MqttEncoder.Encode(output, connAck, settings),
                SubscribePacket subscribe => MqttEncoder.Encode(output, subscribe, settings),
                SubAckPacket subAck => MqttEncoder.Encode(output, subAck, settings),
                UnsubscribePacket unsubscribe => MqttEncoder.Encode(output, unsubscribe, settings),
                UnsubAckPacket unsubAck => MqttEncoder.Encode(output, unsubAck, settings),
                DisconnectPacket disconnect => MqttEncoder.Encode(output, disconnect, settings),
                AuthPacket auth => MqttEncoder.Encode(output, auth, settings),
                _ => MqttEncoder.Encode(output, packet.Ack, settings),
            },
        };
        return fits ? output.WrittenSpan.ToArray() : null;
    }

    public static DecodeResult Decode(
        ReadOnlyMemory<byte> bytes, MqttVersion? version, MqttRole role, out MqttPacket packet, uint maximumPacketSize = DecoderSettings.LargestPacketSize) =>
        MqttDecoder.Decode(bytes, new DecoderSettings(role, version, maximumPacketSize), out packet);

    /// <summary>All that a packet says, as text that can be compared.</summary>
    public static string Describe(in MqttPacket packet) => packet.Type + " " + packet.Type switch
    {
        ControlPacketType.Publish => JsonSerializer.Serialize(packet.Publish with { Properties = packet.Publish.Properties.Detach() }),
        ControlPacketType.PingReq or ControlPacketType.PingResp => "",
        _ => packet.Body is { } body ? JsonSerializer.Serialize(body, body.GetType()) : JsonSerializer.Serialize(packet.Ack),
    };

    private static bool Ping(ArrayBufferWriter<byte> output, Action<IBufferWriter<byte>> encode)
    {
        encode(output);
        return true;
    }
}
