using System.Buffers.Binary;

namespace StepCloud.Storage.Series;

/// <summary>A buffer that grows, and is written from the front.</summary>
internal sealed class ByteWriter
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public void Clear() => Length = 0;

    public byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();

    public Span<byte> Take(int count)
    {
        int needed = checked(Length + count);
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, 2 * _bytes.Length));
        Span<byte> taken = _bytes.AsSpan(Length, count);
        Length = needed;
        return taken;
    }

    public void Byte(byte value) => Take(1)[0] = value;

    public void Fixed(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    public void Double(double value) => Fixed(BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Seven bits a byte, the lowest first; the highest bit says that more follow (LEB128).</summary>
    public void Variable(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    /// <summary>A signed number as an unsigned one that is small when it is near zero: 0, -1, 1, -2 are 0, 1, 2, 3.</summary>
    public void Signed(long value) => Variable(ZigZag.Encode(value));
}

internal static class ZigZag
{
    public static ulong Encode(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long Decode(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
