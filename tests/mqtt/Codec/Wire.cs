using System.Buffers;
using System.Text.Json;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>Between packets, bytes and text.</summary>
internal static class Wire
{
    /// <summary>
    /// Hexadecimal bytes; between apostrophes ASCII text; between braces what has its length before it as a Variable Byte
    /// Integer: "30 {0003 'a/b' {23 0007} 'hi'}".
    /// </summary>
    public static byte[] Bytes(string text)
    {
        var open = new Stack<List<byte>>([[]]);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case ' ':
                    break;
                case '{':
                    open.Push([]);
                    break;
                case '}':
                    var inner = open.Pop();
                    open.Peek().AddRange(VariableByteIntegerOf(inner.Count));
                    open.Peek().AddRange(inner);
                    break;
                case '\'':
                    for (i++; text[i] != '\''; i++) open.Peek().Add((byte)text[i]);
                    break;
                default:
                    open.Peek().Add(Convert.ToByte(text.Substring(i++, 2), 16));
                    break;
            }
        }
        return [.. open.Single()];
    }

    private static IEnumerable<byte> VariableByteIntegerOf(int value)
    {
        for (; value > 0x7F; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
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
