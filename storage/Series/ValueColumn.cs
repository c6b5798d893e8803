using System.Numerics;
using System.Runtime.InteropServices;

namespace StepCloud.Storage.Series;

/// <summary>The values of a block, bit for bit, in whichever of three ways is the shortest.</summary>
/// <remarks>
/// Sensors tell decimals of a few digits, so most values are a whole number divided by a power of ten; whole numbers near each other take few
/// bits. A value for which that is not so stands beside them as it is. Where too many are, the bits of the doubles themselves are packed, less
/// the low ones that are zero in all of them: 29 in what was a 32-bit float. The idea, not the form, is that of ALP (Afroozeh, Kuffo and
/// Boncz, SIGMOD 2023).
/// </remarks>
internal static class ValueColumn
{
    // For ever: they stand in stored samples.
    private const byte Bits = 0;
    private const byte Decimals = 1;
    private const byte DecimalSteps = 2;

    public static void Write(ByteWriter writer, ReadOnlySpan<double> values)
    {
        Span<sbyte> exponents = stackalloc sbyte[values.Length];
        Span<long> wholes = stackalloc long[values.Length];
        Span<ulong> packed = stackalloc ulong[values.Length];
        ReadOnlySpan<ulong> bits = MemoryMarshal.Cast<double, ulong>(values);

        int shift = CommonZeros(bits);
        ulong least = ulong.MaxValue;
        ulong most = 0;
        foreach (ulong one in bits)
        {
            least = Math.Min(least, one >> shift);
            most = Math.Max(most, one >> shift);
        }

        int bitsWidth = BitPacking.WidthOf(most - least);
        DecimalPlan plan = DecimalPlan.Choose(values, exponents, wholes);
        if (plan.Bits < (long)bitsWidth * values.Length)
        {
            WriteDecimals(writer, values, wholes, packed, plan);
            return;
        }

        for (int i = 0; i < bits.Length; i++) packed[i] = (bits[i] >> shift) - least;
        writer.Byte(Bits);
        writer.Byte((byte)shift);
        writer.Byte((byte)bitsWidth);
        writer.Variable(least);
        BitPacking.Write(writer, packed, bitsWidth);
    }

    public static void Read(ref ByteReader reader, Span<double> values)
    {
        byte way = reader.Byte();
        switch (way)
        {
            case Bits: ReadBits(ref reader, values); break;
            case Decimals or DecimalSteps: ReadDecimals(ref reader, values, way == DecimalSteps); break;
            default: throw new InvalidDataException($"The samples are written in a way, {way}, that is not known here.");
        }
    }

    private static void WriteDecimals(
        ByteWriter writer, ReadOnlySpan<double> values, ReadOnlySpan<long> wholes, Span<ulong> packed, DecimalPlan plan)
    {
        writer.Byte(plan.IsSteps ? DecimalSteps : Decimals);
        writer.Byte((byte)plan.Exponent);
        writer.Byte((byte)plan.Width);
        writer.Signed(plan.Base);
        writer.Variable(plan.HasAsides ? (ulong)CountAsides(values, wholes, plan) : 0);
        int from = 0;
        for (int i = 0; plan.HasAsides && i < values.Length; i++)
        {
            if (!plan.StandsAside(values[i], wholes[i])) continue;
            writer.Variable((ulong)(i - from));
            writer.Double(values[i]);
            from = i;
        }

        if (plan.IsSteps) writer.Signed(wholes[0]);
        ReadOnlySpan<ulong> rest = plan.Pack(wholes, packed);
        BitPacking.Write(writer, rest, plan.Width);
    }

    private static int CountAsides(ReadOnlySpan<double> values, ReadOnlySpan<long> wholes, DecimalPlan plan)
    {
        int count = 0;
        for (int i = 0; i < values.Length; i++) count += plan.StandsAside(values[i], wholes[i]) ? 1 : 0;
        return count;
    }

    private static void ReadDecimals(ref ByteReader reader, Span<double> values, bool isSteps)
    {
        int exponent = reader.Count(DecimalPlan.ExponentMax);
        int width = reader.Count(64);
        long start = reader.Signed();
        int asideCount = reader.Count(values.Length);
        Span<ushort> places = stackalloc ushort[asideCount];
        Span<double> asides = stackalloc double[asideCount];
        int place = 0;
        for (int i = 0; i < asideCount; i++)
        {
            place += reader.Count(values.Length - 1 - place);
            places[i] = (ushort)place;
            asides[i] = reader.Double();
        }

        long whole = isSteps ? reader.Signed() : 0;
        Span<ulong> packed = stackalloc ulong[values.Length - (isSteps ? 1 : 0)];
        BitPacking.Read(ref reader, packed, width);
        double divisor = DecimalPlan.PowersOfTen[exponent];
        if (isSteps)
        {
            values[0] = whole / divisor;
            for (int i = 0; i < packed.Length; i++) values[i + 1] = (whole += start + (long)packed[i]) / divisor;
        }
        else
        {
            for (int i = 0; i < packed.Length; i++) values[i] = (start + (long)packed[i]) / divisor;
        }

        for (int i = 0; i < asideCount; i++) values[places[i]] = asides[i];
    }

    private static void ReadBits(ref ByteReader reader, Span<double> values)
    {
        int shift = reader.Count(63);
        int width = reader.Count(64);
        ulong least = reader.Variable();
        Span<ulong> packed = MemoryMarshal.Cast<double, ulong>(values);
        BitPacking.Read(ref reader, packed, width);
        foreach (ref ulong one in packed) one = (one + least) << shift;
    }

    private static int CommonZeros(ReadOnlySpan<ulong> bits)
    {
        ulong any = 0;
        foreach (ulong one in bits) any |= one;
        return any == 0 ? 63 : BitOperations.TrailingZeroCount(any);
    }
}
