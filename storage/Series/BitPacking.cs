using System.Buffers.Binary;
using System.Numerics;

namespace StepCloud.Storage.Series;

/// <summary>Numbers one after another, each in the same number of bits, the lowest bits first.</summary>
internal static class BitPacking
{
    /// <summary>Bits that are enough for every number up to that.</summary>
    public static int WidthOf(ulong max) => 64 - BitOperations.LeadingZeroCount(max);

    public static int BytesOf(int count, int width) => checked((int)((((long)count * width) + 7) / 8));

    public static void Write(ByteWriter writer, scoped ReadOnlySpan<ulong> numbers, int width)
    {
        if (width == 0) return;
        Span<byte> target = writer.Take(BytesOf(numbers.Length, width));
        ulong gathered = 0;
        int filled = 0;
        foreach (ulong number in numbers)
        {
            gathered |= number << filled;
            filled += width;
            if (filled < 64) continue;
            BinaryPrimitives.WriteUInt64LittleEndian(target, gathered);
            target = target[8..];
            filled -= 64;
            gathered = filled == 0 ? 0 : number >> (width - filled);
        }

        for (; filled > 0; filled -= 8, gathered >>= 8)
        {
            target[0] = (byte)gathered;
            target = target[1..];
        }
    }

    public static void Read(ref ByteReader reader, scoped Span<ulong> numbers, int width)
    {
        if (width == 0)
        {
            numbers.Clear();
            return;
        }

        ReadOnlySpan<byte> source = reader.Take(BytesOf(numbers.Length, width));
        ulong mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        long bit = 0;
        for (int i = 0; i < numbers.Length; i++, bit += width)
        {
            int at = (int)(bit >> 3);
            int shift = (int)(bit & 7);
            ulong number = Load(source, at) >> shift;
            // A number of more than 57 bits may reach into a ninth byte.
            if (shift + width > 64) number |= (ulong)source[at + 8] << (64 - shift);
            numbers[i] = number & mask;
        }
    }

    private static ulong Load(ReadOnlySpan<byte> source, int at)
    {
        if (at + 8 <= source.Length) return BinaryPrimitives.ReadUInt64LittleEndian(source[at..]);
        ulong rest = 0;
        for (int i = source.Length - 1; i >= at; i--) rest = (rest << 8) | source[i];
        return rest;
    }
}
