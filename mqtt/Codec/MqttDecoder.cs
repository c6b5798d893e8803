using System.Diagnostics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>
/// Takes one Control Packet from the start of a buffer. Pure: no I/O, no state, and no exception whatever the bytes.
/// </summary>
/// <remarks>
/// The fixed header (MQTT 5.0 §2.1), all that is needed to refuse a packet before its body is buffered:
/// <code>
///  bit     7  6  5  4 | 3  2  1  0
///  byte 1  packet type|   flags
///  byte 2… Remaining Length, one to four bytes, then that many bytes of body
/// </code>
/// </remarks>
public static class MqttDecoder
{
    /// <param name="input">May end anywhere, and may hold many packets; the first is taken.</param>
    /// <param name="settings">What is known of the connection.</param>
    /// <param name="packet">
    /// Set when the status is Decoded. A PUBLISH refers to <paramref name="input"/>; all other packets own their memory.
    /// </param>
    public static DecodeResult Decode(ReadOnlyMemory<byte> input, in DecoderSettings settings, out MqttPacket packet)
    {
        packet = default;
        var span = input.Span;
        if (span.IsEmpty) return new DecodeResult(DecodeStatus.NeedMore, 0);

        var first = span[0];
        if (CheckFirstByte(first, settings) is { } wrong) return Refuse(wrong);

        var lengthBytes = VariableByteInteger.Read(span[1..], out var remaining);
        if (lengthBytes < 0) return Refuse(Violations.RemainingLengthTooLong);
        // What the bytes so far already amount to is checked even before the last of them is there.
        if (1 + Math.Max(lengthBytes, 1) + (long)remaining > settings.MaximumPacketSize) return Refuse(Violations.PacketTooLarge);
        if (lengthBytes == 0) return new DecodeResult(DecodeStatus.NeedMore, 0);
        if (settings.Version != MqttVersion.V311 && lengthBytes != VariableByteInteger.LengthOf(remaining)
            && (first >> 4) != (int)ControlPacketType.Connect) return Refuse(Violations.NotMinimalInteger);

        var length = 1 + lengthBytes + (int)remaining;
        if (span.Length < length) return new DecodeResult(DecodeStatus.NeedMore, length);

        return DecodeBody(input[(1 + lengthBytes)..length], first, length, settings, ref packet);
    }

    private static DecodeResult Refuse(Violation violation) => new(DecodeStatus.Refused, 0, violation);

    private static DecodeResult DecodeBody(
        ReadOnlyMemory<byte> body, byte first, int length, in DecoderSettings settings, ref MqttPacket packet)
    {
        var reader = new PacketReader(body);
        MqttVersion? connectVersion = null;
        packet.Type = (ControlPacketType)(first >> 4);
        switch (packet.Type)
        {
            case ControlPacketType.Publish:
                PublishDecoder.Decode(first, ref reader, settings.Version!.Value, settings.Role, out packet.PublishValue);
                break;
            case ControlPacketType.PubAck or ControlPacketType.PubRec or ControlPacketType.PubRel or ControlPacketType.PubComp:
                AckDecoder.Decode(packet.Type, ref reader, settings.Version!.Value, out packet.AckValue);
                break;
            case ControlPacketType.PingReq or ControlPacketType.PingResp:
                break;
            case ControlPacketType.Connect:
                packet.Body = ConnectDecoder.Decode(ref reader, out connectVersion);
                break;
            default:
                packet.Body = DecodeClass(packet.Type, ref reader, settings.Version!.Value, settings.Role);
                break;
        }
        if (reader.Remaining > 0) reader.Fail(Violations.TrailingBytes);
        if (reader.Violation is null) return new DecodeResult(DecodeStatus.Decoded, length);
        packet = default;
        return new DecodeResult(DecodeStatus.Refused, 0, reader.Violation, connectVersion);
    }

    private static object DecodeClass(ControlPacketType type, ref PacketReader reader, MqttVersion version, MqttRole role) => type switch
    {
        ControlPacketType.ConnAck => ConnAckDecoder.Decode(ref reader, version),
        ControlPacketType.Subscribe => SubscribeDecoder.DecodeSubscribe(ref reader, version),
        ControlPacketType.SubAck => SubscribeDecoder.DecodeSubAck(ref reader, version),
        ControlPacketType.Unsubscribe => SubscribeDecoder.DecodeUnsubscribe(ref reader, version),
        ControlPacketType.UnsubAck => SubscribeDecoder.DecodeUnsubAck(ref reader, version),
        ControlPacketType.Disconnect => DisconnectDecoder.DecodeDisconnect(ref reader, version, role),
        ControlPacketType.Auth => DisconnectDecoder.DecodeAuth(ref reader, role),
        _ => throw new UnreachableException(),
    };

    /// <summary>Type, direction and flags: all that the first byte can be wrong in.</summary>
    private static Violation? CheckFirstByte(byte first, in DecoderSettings settings)
    {
        var type = (ControlPacketType)(first >> 4);
        if (type == ControlPacketType.None || (type == ControlPacketType.Auth && settings.Version == MqttVersion.V311))
            return Violations.ReservedPacketType;
        if (settings.Version is null && type != ControlPacketType.Connect) return Violations.FirstPacketNotConnect;
        if (type == ControlPacketType.Publish) return CheckPublishFlags(first);

        // The flags of all packets but PUBLISH are fixed (MQTT 5.0 §2.1.3, table 2-2).
        var flags = type is ControlPacketType.PubRel or ControlPacketType.Subscribe or ControlPacketType.Unsubscribe ? 0b0010 : 0;
        if ((first & 0x0F) != flags) return Violations.ReservedFlags;

        if (type == ControlPacketType.Connect && settings is { Role: MqttRole.Server, Version: not null }) return Violations.SecondConnect;
        return IsReceivedBy(type, settings) ? null : Violations.WrongDirection;
    }

    private static Violation? CheckPublishFlags(byte first)
    {
        var qos = (first >> 1) & 3;
        if (qos == 3) return Violations.QosThree;
        return qos == 0 && (first & 0b1000) != 0 ? Violations.DupAtQosZero : null;
    }

    /// <summary>The directions of flow of MQTT 5.0 §2.1.2, table 2-1.</summary>
    private static bool IsReceivedBy(ControlPacketType type, in DecoderSettings settings) => type switch
    {
        ControlPacketType.Connect or ControlPacketType.Subscribe or ControlPacketType.Unsubscribe
            or ControlPacketType.PingReq => settings.Role == MqttRole.Server,
        ControlPacketType.ConnAck or ControlPacketType.SubAck or ControlPacketType.UnsubAck
            or ControlPacketType.PingResp => settings.Role == MqttRole.Client,
        // Before version 5 only the Client may say DISCONNECT.
        ControlPacketType.Disconnect => settings.Role == MqttRole.Server || settings.Version == MqttVersion.V500,
        _ => true,
    };
}
