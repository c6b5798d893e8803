using System.Buffers.Binary;
using System.Text;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>What gives way when a packet would exceed the peer's Maximum Packet Size.</summary>
internal enum PacketDetail : byte
{
    All,
    NoUserProperties,
    NoReasonString,
}

internal delegate void BodyEncoder<TPacket>(ref PacketWriter writer, TPacket packet);

/// <summary>
/// Writes the fields of a packet, or, made by <see cref="Measure"/>, counts them: the one description of a packet gives
/// its length and its bytes, so that the two cannot differ.
/// </summary>
internal ref struct PacketWriter
{
    private readonly Span<byte> _output;
    private readonly bool _isMeasuring;

    public PacketWriter(Span<byte> output, MqttVersion version, PacketDetail detail)
    {
        _output = output;
        Version = version;
        Detail = detail;
    }

    private PacketWriter(MqttVersion version, PacketDetail detail)
    {
        _isMeasuring = true;
        Version = version;
        Detail = detail;
    }

    public MqttVersion Version { get; }
    public PacketDetail Detail { get; }
    public int Length { get; private set; }

    public static PacketWriter Measure(MqttVersion version, PacketDetail detail) => new(version, detail);

    public void WriteByte(byte value)
    {
        if (!_isMeasuring) _output[Length] = value;
        Length += 1;
    }

    public void WriteUInt16(ushort value)
    {
        if (!_isMeasuring) BinaryPrimitives.WriteUInt16BigEndian(_output[Length..], value);
        Length += 2;
    }

    public void WriteUInt32(uint value)
    {
        if (!_isMeasuring) BinaryPrimitives.WriteUInt32BigEndian(_output[Length..], value);
        Length += 4;
    }

    public void WriteVariableByteInteger(uint value) =>
        Length += _isMeasuring ? VariableByteInteger.LengthOf(value) : VariableByteInteger.Write(_output[Length..], value);

    public void WriteString(string text)
    {
        var bytes = Utf8String.Measure(text);
        WriteUInt16((ushort)bytes);
        if (!_isMeasuring) Encoding.UTF8.GetBytes(text, _output[Length..]);
        Length += bytes;
    }

    public void WriteBinary(ReadOnlySpan<byte> data)
    {
        if (data.Length > ushort.MaxValue) throw new ArgumentException("Binary Data is longer than 65,535 bytes.", nameof(data));
        WriteUInt16((ushort)data.Length);
        if (!_isMeasuring) data.CopyTo(_output[Length..]);
        Length += data.Length;
    }

    public void WriteCarried(PublishProperties properties) =>
        Length += _isMeasuring ? properties.CarriedBytes : properties.CopyCarried(_output[Length..]);

    public void WriteProperty(PropertyIdentifier identifier, string? value)
    {
        if (value is null) return;
        WriteByte((byte)identifier);
        WriteString(value);
    }

    public void WriteProperty(PropertyIdentifier identifier, ReadOnlyMemory<byte>? value)
    {
        if (value is null) return;
        WriteByte((byte)identifier);
        WriteBinary(value.Value.Span);
    }

    public void WriteProperty(PropertyIdentifier identifier, uint? value)
    {
        if (value is null) return;
        WriteByte((byte)identifier);
        WriteUInt32(value.Value);
    }

    public void WriteProperty(PropertyIdentifier identifier, ushort? value)
    {
        if (value is null) return;
        WriteByte((byte)identifier);
        WriteUInt16(value.Value);
    }

    /// <summary>Left out when it says what its absence says.</summary>
    public void WriteFlag(PropertyIdentifier identifier, bool value, bool absence)
    {
        if (value == absence) return;
        WriteByte((byte)identifier);
        WriteByte(value ? (byte)1 : (byte)0);
    }

    public void WriteSubscriptionIdentifier(uint identifier)
    {
        WriteByte((byte)PropertyIdentifier.SubscriptionIdentifier);
        WriteVariableByteInteger(identifier);
    }

    public void WriteReasonString(string? reasonString)
    {
        if (Detail < PacketDetail.NoReasonString) WriteProperty(PropertyIdentifier.ReasonString, reasonString);
    }

    public void WriteUserProperties(IReadOnlyList<UserProperty> properties)
    {
        if (Detail >= PacketDetail.NoUserProperties) return;
        for (var i = 0; i < properties.Count; i++)
        {
            WriteByte((byte)PropertyIdentifier.UserProperty);
            WriteString(properties[i].Name);
            WriteString(properties[i].Value);
        }
    }

    /// <summary>The properties behind their length; nothing at all before version 5.</summary>
    public void WriteProperties<TPacket>(TPacket packet, BodyEncoder<TPacket> encode)
    {
        if (Version == MqttVersion.V311) return;
        WriteVariableByteInteger((uint)MeasureProperties(packet, encode));
        encode(ref this, packet);
    }

    public readonly int MeasureProperties<TPacket>(TPacket packet, BodyEncoder<TPacket> encode)
    {
        if (Version == MqttVersion.V311) return 0;
        var measure = Measure(Version, Detail);
        encode(ref measure, packet);
        return measure.Length;
    }
}
