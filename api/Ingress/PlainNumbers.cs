using System.Buffers;
using System.Buffers.Text;

namespace StepCloud.Api.Ingress;

/// <summary>Reads an array of JSON numbers (RFC 8259 §6) that holds nothing else, as nearly all arrays of samples do.</summary>
/// <remarks>
/// The samples are nearly all bytes of a message, and a reader of all of JSON spends most of its time on what they never are. Whatever stands
/// there beside plain numbers ends the reading without an answer: who walks over the array then says what it is.
/// </remarks>
internal static class PlainNumbers
{
    /// <summary>Up to here a whole number is exact as a double.</summary>
    private const ulong ExactMax = 1UL << 53;

    /// <summary>With so many digits nothing has overflowed.</summary>
    private const int DigitsMax = 18;

    /// <summary>A first guess of how many numbers there are.</summary>
    private const int FirstCount = 256;

    /// <summary>All of them are exact as doubles.</summary>
    private static readonly double[] s_powersOfTen = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    ];

    private interface IReader<T>
    {
        /// <summary>Reads one number and moves behind it; false when there is none that it can read.</summary>
        static abstract bool TryRead(ReadOnlySpan<byte> utf8, ref int at, out T value);
    }

    /// <param name="start">Behind the bracket that opens the array.</param>
    /// <param name="end">Of the bracket that closes it.</param>
    /// <returns>Null when there is anything else than finite numbers.</returns>
    public static double[]? TryReadDoubles(ReadOnlySpan<byte> utf8, int start, out int end) => TryRead<double, Doubles>(utf8, start, out end);

    /// <summary>As <see cref="TryReadDoubles"/>, of whole numbers within 64 bits that are written without point and exponent.</summary>
    public static long[]? TryReadWholes(ReadOnlySpan<byte> utf8, int start, out int end) => TryRead<long, Wholes>(utf8, start, out end);

    private static T[]? TryRead<T, TReader>(ReadOnlySpan<byte> utf8, int start, out int end) where TReader : IReader<T>
    {
        end = SkipSpace(utf8, start);
        if (end < utf8.Length && utf8[end] == ']') return [];
        T[] numbers = ArrayPool<T>.Shared.Rent(FirstCount);
        try
        {
            for (int count = 0; ;)
            {
                if (count == numbers.Length) Grow(ref numbers);
                end = SkipSpace(utf8, end);
                if (!TReader.TryRead(utf8, ref end, out numbers[count])) return null;
                count++;
                end = SkipSpace(utf8, end);
                if (end >= utf8.Length) return null;
                if (utf8[end] == ']') return numbers.AsSpan(0, count).ToArray();
                if (utf8[end++] != ',') return null;
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(numbers);
        }
    }

    /// <summary>At least one; their number is only right when they are few enough.</summary>
    private static bool ReadDigits(ReadOnlySpan<byte> utf8, ref int at, ref ulong digits)
    {
        int start = at;
        for (; (uint)at < (uint)utf8.Length; at++)
        {
            uint digit = (uint)(utf8[at] - '0');
            if (digit > 9) break;
            digits = (digits * 10) + digit;
        }

        return at > start;
    }

    private static bool SkipExponent(ReadOnlySpan<byte> utf8, ref int at)
    {
        at++;
        if (at < utf8.Length && utf8[at] is (byte)'+' or (byte)'-') at++;
        ulong exponent = 0;
        return ReadDigits(utf8, ref at, ref exponent);
    }

    private static int SkipSpace(ReadOnlySpan<byte> utf8, int at)
    {
        while ((uint)at < (uint)utf8.Length && utf8[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') at++;
        return at;
    }

    private static void Grow<T>(ref T[] numbers)
    {
        T[] bigger = ArrayPool<T>.Shared.Rent(2 * numbers.Length);
        numbers.CopyTo(bigger, 0);
        ArrayPool<T>.Shared.Return(numbers);
        numbers = bigger;
    }

    private readonly struct Doubles : IReader<double>
    {
        public static bool TryRead(ReadOnlySpan<byte> utf8, ref int at, out double value)
        {
            int start = at;
            value = 0;
            bool isNegative = at < utf8.Length && utf8[at] == '-';
            if (isNegative) at++;
            ulong digits = 0;
            int firstDigit = at;
            if (!ReadDigits(utf8, ref at, ref digits)) return false;
            int count = at - firstDigit;
            if (count > 1 && utf8[firstDigit] == '0') return false;
            int behindPoint = 0;
            if (at < utf8.Length && utf8[at] == '.')
            {
                int point = at++;
                if (!ReadDigits(utf8, ref at, ref digits)) return false;
                behindPoint = at - point - 1;
                count += behindPoint;
            }

            bool hasExponent = at < utf8.Length && (utf8[at] | 0x20) == 'e';
            if (hasExponent && !SkipExponent(utf8, ref at)) return false;
            if (hasExponent || count > DigitsMax || digits > ExactMax)
                return Utf8Parser.TryParse(utf8[start..at], out value, out int read) && read == at - start && double.IsFinite(value);

            // Both are exact, so the quotient is rounded once, as the decimal is (Clinger, How to Read Floating Point Numbers Accurately, 1990).
            value = digits / s_powersOfTen[behindPoint];
            if (isNegative) value = -value;
            return true;
        }
    }

    private readonly struct Wholes : IReader<long>
    {
        public static bool TryRead(ReadOnlySpan<byte> utf8, ref int at, out long value)
        {
            bool isNegative = at < utf8.Length && utf8[at] == '-';
            if (isNegative) at++;
            ulong digits = 0;
            int firstDigit = at;
            bool isRead = ReadDigits(utf8, ref at, ref digits) && at - firstDigit <= DigitsMax && (at - firstDigit == 1 || utf8[firstDigit] != '0');
            value = isNegative ? -(long)digits : (long)digits;
            return isRead;
        }
    }
}
