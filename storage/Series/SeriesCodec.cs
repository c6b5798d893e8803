using System.Buffers.Binary;

namespace StepCloud.Storage.Series;

/// <summary>The samples of a series as bytes, and back, bit for bit.</summary>
/// <remarks>
/// Form: one byte that says how (its low half: 0 plain, 1 packed; 16 more when there are no times), then the samples. Plain: for each its time,
/// if there are times, and its value, 8 bytes each, big-endian: what SQL can write. Packed: blocks one after another, each of which can be read
/// alone: its count, its times (<see cref="TimeColumn"/>), its values (<see cref="ValueColumn"/>). docs/SERIES.md has the form for outsiders.
/// Stored samples have it for ever: another one needs another number.
/// </remarks>
public static class SeriesCodec
{
    /// <summary>Samples of a block: few enough that one is read in microseconds, many enough that its head weighs nothing.</summary>
    public const int BlockSamplesMax = 1024;

    private const byte Plain = 0;
    private const byte Packed = 1;
    private const byte HowMask = 0x0F;
    private const byte WithoutTimes = 0x10;

    [ThreadStatic]
    private static (ByteWriter Samples, ByteWriter Blocks) t_writers;

    /// <param name="times">Never going back; as many as there are values, or none.</param>
    internal static EncodedSeries Encode(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        (ByteWriter samples, ByteWriter blocks) = t_writers.Samples is null ? t_writers = (new ByteWriter(), new ByteWriter()) : t_writers;
        samples.Clear();
        blocks.Clear();
        samples.Byte((byte)(times.IsEmpty ? Packed | WithoutTimes : Packed));
        SeriesSummary whole = default;
        for (int from = 0; from < values.Length; from += BlockSamplesMax)
        {
            int count = Math.Min(BlockSamplesMax, values.Length - from);
            ReadOnlySpan<long> blockTimes = times.IsEmpty ? [] : times.Slice(from, count);
            ReadOnlySpan<double> blockValues = values.Slice(from, count);
            SeriesBlock block = new(samples.Length, SeriesSummary.Of(blockTimes, blockValues));
            block.Write(blocks);
            whole = whole.Then(block.Summary);
            samples.Variable((ulong)count);
            if (!blockTimes.IsEmpty) TimeColumn.Write(samples, blockTimes);
            ValueColumn.Write(samples, blockValues);
        }

        return new EncodedSeries(
            samples.ToArray(), values.Length > BlockSamplesMax ? blocks.ToArray() : null, whole, SeriesStatistics.Of(times, values));
    }

    /// <param name="count">Of the samples.</param>
    /// <exception cref="InvalidDataException">The bytes are no such samples.</exception>
    public static (long[] Times, double[] Values) Decode(ReadOnlySpan<byte> samples, int count)
    {
        ByteReader reader = new(samples);
        byte how = reader.Byte();
        bool hasTimes = (how & WithoutTimes) == 0;
        long[] times = hasTimes ? new long[count] : [];
        double[] values = new double[count];
        switch (how & HowMask)
        {
            case Plain:
                for (int i = 0; i < count; i++)
                {
                    if (hasTimes) times[i] = BinaryPrimitives.ReadInt64BigEndian(reader.Take(8));
                    values[i] = BinaryPrimitives.ReadDoubleBigEndian(reader.Take(8));
                }

                break;
            case Packed:
                for (int from = 0; from < count;) from += DecodeBlock(ref reader, hasTimes ? times.AsSpan(from) : [], values.AsSpan(from));
                break;
            default:
                throw new InvalidDataException($"The samples have a form, {how}, that is not known here.");
        }

        return reader.IsAtEnd ? (times, values) : throw new InvalidDataException("There are more samples than are told of.");
    }

    /// <summary>One block, cut out of packed samples that have times.</summary>
    /// <returns>How many samples it has.</returns>
    internal static int DecodeBlock(ReadOnlySpan<byte> block, Span<long> times, Span<double> values)
    {
        ByteReader reader = new(block);
        return DecodeBlock(ref reader, times, values);
    }

    private static int DecodeBlock(ref ByteReader reader, Span<long> times, Span<double> values)
    {
        int count = reader.Count(Math.Min(BlockSamplesMax, values.Length));
        if (count == 0) throw new InvalidDataException("A block of samples is empty.");
        if (!times.IsEmpty) TimeColumn.Read(ref reader, times[..count]);
        ValueColumn.Read(ref reader, values[..count]);
        return count;
    }
}

/// <summary>A series as it is stored.</summary>
/// <param name="Blocks">The table of its blocks; null when there is one at most.</param>
internal sealed record EncodedSeries(byte[] Samples, byte[]? Blocks, SeriesSummary Summary, SeriesStatistics Statistics);
