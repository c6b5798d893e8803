using System.Buffers.Binary;

namespace StepCloud.Storage.Series;

/// <summary>Reads what <see cref="ByteWriter"/> has written.</summary>
/// <exception cref="InvalidDataException">From every method: the bytes end too early.</exception>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw new InvalidDataException($"The samples end {count - _rest.Length} bytes too early.");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public ulong Fixed() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public double Double() => BitConverter.UInt64BitsToDouble(Fixed());

    public ulong Variable()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new InvalidDataException("A number of the samples has more than 64 bits.");
    }

    public long Signed() => ZigZag.Decode(Variable());

    /// <summary>A count or a width, which has a bound.</summary>
    public int Count(int max)
    {
        ulong value = Variable();
        return value <= (ulong)max ? (int)value : throw new InvalidDataException($"The samples speak of {value} where {max} is the most.");
    }
}
