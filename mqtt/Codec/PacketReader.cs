using System.Buffers.Binary;
using System.Text;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>Reads the fields of one packet whose bytes are all there.</summary>
/// <remarks>
/// The first violation sticks: all later reads give zero values, and <see cref="Remaining"/> is 0, so that a decoder
/// reads straight on and asks once, at the end.
/// </remarks>
internal ref struct PacketReader(ReadOnlyMemory<byte> packet)
{
    private readonly ReadOnlyMemory<byte> _memory = packet;
    private readonly ReadOnlySpan<byte> _span = packet.Span;
    private int _position;
    private int _end = packet.Length;

    public Violation? Violation { get; private set; }
    public readonly bool Failed => Violation is not null;
    public readonly int Position => _position;
    public readonly int Remaining => _end - _position;

    public void Fail(Violation violation)
    {
        Violation ??= violation;
        _position = _end = 0;
    }

    /// <summary>Narrows the reader to the next bytes; <see cref="Leave"/> takes back the end that it had.</summary>
    public int Enter(int length)
    {
        var outer = _end;
        if (length > Remaining) Fail(Violations.Truncated);
        else _end = _position + length;
        return outer;
    }

    public void Leave(int outerEnd)
    {
        if (!Failed) _end = outerEnd;
    }

    public byte ReadByte() => TryTake(1, out var start) ? _span[start] : (byte)0;

    public ushort ReadUInt16() => TryTake(2, out var start) ? BinaryPrimitives.ReadUInt16BigEndian(_span[start..]) : (ushort)0;

    public uint ReadUInt32() => TryTake(4, out var start) ? BinaryPrimitives.ReadUInt32BigEndian(_span[start..]) : 0;

    public ushort ReadPacketIdentifier()
    {
        var identifier = ReadUInt16();
        if (identifier == 0) Fail(Violations.PacketIdentifierZero);
        return identifier;
    }

    public uint ReadVariableByteInteger()
    {
        var length = VariableByteInteger.Read(_span[_position.._end], out var value);
        if (length <= 0)
        {
            Fail(length == 0 ? Violations.Truncated : Violations.IntegerTooLong);
            return 0;
        }
        if (length != VariableByteInteger.LengthOf(value)) Fail(Violations.NotMinimalInteger);
        else _position += length;
        return value;
    }

    /// <summary>Binary Data, without the length before it; refers to the packet.</summary>
    public ReadOnlyMemory<byte> ReadBinary()
    {
        int length = ReadUInt16();
        return TryTake(length, out var start) ? _memory.Slice(start, length) : default;
    }

    /// <summary>A UTF-8 Encoded String, checked; refers to the packet.</summary>
    public ReadOnlyMemory<byte> ReadUtf8()
    {
        int length = ReadUInt16();
        if (!TryTake(length, out var start)) return default;
        var text = _span.Slice(start, length);
        if (!Utf8String.IsValid(text))
        {
            Fail(text.Contains((byte)0) ? Violations.NullCharacter : Violations.IllFormedUtf8);
            return default;
        }
        return _memory.Slice(start, length);
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadUtf8().Span);

    public UserProperty ReadUserProperty() => new(ReadString(), ReadString());

    /// <summary>All that is left of the packet.</summary>
    public ReadOnlyMemory<byte> ReadRest()
    {
        TryTake(Remaining, out var start);
        return _memory[start.._position];
    }

    /// <summary>The same, without moving.</summary>
    public readonly ReadOnlyMemory<byte> PeekRest() => _memory[_position.._end];

    private bool TryTake(int length, out int start)
    {
        start = _position;
        if (length > Remaining)
        {
            Fail(Violations.Truncated);
            start = 0;
            return false;
        }
        _position += length;
        return !Failed;
    }
}
