namespace StepCloud.Storage.Series;

/// <summary>The times of a block: the first one, the shortest interval, and what each interval has beyond that.</summary>
/// <remarks>Form: first (signed, variable), shortest interval (variable), width of the rest in bits (1 byte), the rest packed. At a steady rate the rest takes no room.</remarks>
internal static class TimeColumn
{
    /// <param name="times">Never going back; at least one.</param>
    public static void Write(ByteWriter writer, ReadOnlySpan<long> times)
    {
        Span<ulong> rest = stackalloc ulong[times.Length - 1];
        ulong shortest = ulong.MaxValue;
        ulong longest = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            rest[i] = (ulong)(times[i + 1] - times[i]);
            shortest = Math.Min(shortest, rest[i]);
            longest = Math.Max(longest, rest[i]);
        }

        writer.Signed(times[0]);
        if (rest.Length == 0) return;
        foreach (ref ulong interval in rest) interval -= shortest;
        int width = BitPacking.WidthOf(longest - shortest);
        writer.Variable(shortest);
        writer.Byte((byte)width);
        BitPacking.Write(writer, rest, width);
    }

    public static void Read(ref ByteReader reader, Span<long> times)
    {
        times[0] = reader.Signed();
        if (times.Length == 1) return;
        ulong shortest = reader.Variable();
        int width = reader.Count(64);
        Span<ulong> rest = stackalloc ulong[times.Length - 1];
        BitPacking.Read(ref reader, rest, width);
        for (int i = 0; i < rest.Length; i++) times[i + 1] = times[i] + (long)(shortest + rest[i]);
    }
}
