using System.Runtime.InteropServices;

namespace StepCloud.Storage.Series;

/// <summary>How the values of a block would be written as whole numbers over a power of ten, and what that would take.</summary>
/// <param name="Exponent">Of ten.</param>
/// <param name="IsSteps">True when each number is told by what it has beyond the one before, false when by what it has beyond the least.</param>
/// <param name="Base">The least number, or the least step.</param>
/// <param name="Bits">That it takes in all, about; <see cref="long.MaxValue"/> when it cannot be done.</param>
/// <param name="HasAsides">Whether some values are not what their numbers give back.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DecimalPlan(int Exponent, bool IsSteps, long Base, int Width, long Bits, bool HasAsides)
{
    /// <summary>A double has 15 to 17 decimal digits: with more behind the point nothing is won.</summary>
    public const int ExponentMax = 14;

    /// <summary>Whole numbers up to this are exact as doubles, and so are the powers of ten; their quotient is rounded once, as the decimal was (IEEE 754 §5.4.1).</summary>
    private const double WholeMax = 1L << 51;

    /// <summary>A value that stands aside: its place and its 64 bits, about.</summary>
    private const int AsideBits = 80;

    private const sbyte NoDecimal = ExponentMax + 1;

    private static readonly DecimalPlan None = new(0, false, 0, 0, long.MaxValue, false);

    public static readonly double[] PowersOfTen = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
    ];

    /// <param name="exponents">Room for as many as there are values.</param>
    /// <param name="wholes">Then holds the numbers of the plan, with the one before in the place of what stands aside.</param>
    public static DecimalPlan Choose(ReadOnlySpan<double> values, Span<sbyte> exponents, Span<long> wholes) =>
        OfAll(values, wholes) ?? ChooseAmongAll(values, exponents, wholes);

    /// <summary>True when the value is not what its number gives back.</summary>
    public bool StandsAside(double value, long whole) =>
        BitConverter.DoubleToInt64Bits(whole / PowersOfTen[Exponent]) != BitConverter.DoubleToInt64Bits(value);

    /// <summary>What is packed of the numbers.</summary>
    public ReadOnlySpan<ulong> Pack(ReadOnlySpan<long> wholes, Span<ulong> packed)
    {
        if (!IsSteps)
        {
            for (int i = 0; i < wholes.Length; i++) packed[i] = (ulong)(wholes[i] - Base);
            return packed[..wholes.Length];
        }

        for (int i = 1; i < wholes.Length; i++) packed[i - 1] = (ulong)(wholes[i] - wholes[i - 1] - Base);
        return packed[..(wholes.Length - 1)];
    }

    /// <summary>The plan in which no value stands aside: what a sensor tells has as many digits each time.</summary>
    /// <returns>Null when there is none, or another one may be shorter.</returns>
    private static DecimalPlan? OfAll(ReadOnlySpan<double> values, Span<long> wholes)
    {
        int exponent = 0;
        int changed = 0;
        for (int i = 0; i < values.Length; i++)
        {
            for (; !TryWhole(values[i], exponent, out wholes[i]); changed = i)
            {
                if (++exponent > ExponentMax) return null;
            }
        }

        for (int i = 0; i < changed; i++)
        {
            if (!TryWhole(values[i], exponent, out wholes[i])) return null;
        }

        DecimalPlan plan = Of(exponent, wholes, 0);
        if (exponent == 0) return plan;
        // Those that would stand aside with a digit less, and all the more with fewer.
        int needsIt = 0;
        foreach (long whole in wholes) needsIt += whole % 10 == 0 ? 0 : 1;
        return (long)needsIt * AsideBits >= plan.Bits ? plan : null;
    }

    private static DecimalPlan ChooseAmongAll(ReadOnlySpan<double> values, Span<sbyte> exponents, Span<long> wholes)
    {
        Span<int> counts = stackalloc int[ExponentMax + 2];
        counts.Clear();
        int guess = 0;
        for (int i = 0; i < values.Length; i++)
        {
            exponents[i] = ExponentOf(values[i], guess);
            counts[exponents[i]]++;
            if (exponents[i] <= ExponentMax) guess = exponents[i];
        }

        DecimalPlan best = None;
        int aside = values.Length;
        for (int exponent = 0; exponent <= ExponentMax; exponent++)
        {
            aside -= counts[exponent];
            // Those with fewer digits can be written with more; only exponents that some value needs are worth a try.
            if (counts[exponent] == 0 || (long)aside * AsideBits >= best.Bits) continue;
            DecimalPlan plan = ToWholes(values, exponent, wholes, out int asides) ? Of(exponent, wholes, asides) : None;
            if (plan.Bits < best.Bits) best = plan;
        }

        if (best.Bits != long.MaxValue) ToWholes(values, best.Exponent, wholes, out _);
        return best;
    }

    private static DecimalPlan Of(int exponent, ReadOnlySpan<long> wholes, int asideCount)
    {
        long least = wholes[0];
        long most = wholes[0];
        long leastStep = long.MaxValue;
        long mostStep = long.MinValue;
        for (int i = 1; i < wholes.Length; i++)
        {
            long step = wholes[i] - wholes[i - 1];
            least = Math.Min(least, wholes[i]);
            most = Math.Max(most, wholes[i]);
            leastStep = Math.Min(leastStep, step);
            mostStep = Math.Max(mostStep, step);
        }

        int width = BitPacking.WidthOf((ulong)(most - least));
        int stepWidth = wholes.Length == 1 ? width : BitPacking.WidthOf((ulong)(mostStep - leastStep));
        long asideBits = (long)asideCount * AsideBits;
        return stepWidth < width
            ? new DecimalPlan(exponent, true, leastStep, stepWidth, ((long)stepWidth * wholes.Length) + asideBits, asideCount > 0)
            : new DecimalPlan(exponent, false, least, width, ((long)width * wholes.Length) + asideBits, asideCount > 0);
    }

    /// <returns>False when no value is such a number.</returns>
    private static bool ToWholes(ReadOnlySpan<double> values, int exponent, Span<long> wholes, out int asideCount)
    {
        asideCount = 0;
        long last = 0;
        int first = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (TryWhole(values[i], exponent, out long whole))
            {
                last = whole;
                if (first < 0) first = i;
            }
            else
            {
                asideCount++;
            }

            wholes[i] = last;
        }

        if (first < 0) return false;
        wholes[..first].Fill(wholes[first]);
        return true;
    }

    private static sbyte ExponentOf(double value, int guess)
    {
        // Neighbours have as many digits; but a smaller exponent that fits is the better one.
        if (TryWhole(value, guess, out _))
        {
            while (guess > 0 && TryWhole(value, guess - 1, out _)) guess--;
            return (sbyte)guess;
        }

        for (int exponent = guess + 1; exponent <= ExponentMax; exponent++)
        {
            if (TryWhole(value, exponent, out _)) return (sbyte)exponent;
        }

        return NoDecimal;
    }

    private static bool TryWhole(double value, int exponent, out long whole)
    {
        double scaled = Math.Round(value * PowersOfTen[exponent]);
        whole = 0;
        if (!(Math.Abs(scaled) <= WholeMax)) return false;
        whole = (long)scaled;
        return BitConverter.DoubleToInt64Bits(whole / PowersOfTen[exponent]) == BitConverter.DoubleToInt64Bits(value);
    }
}
