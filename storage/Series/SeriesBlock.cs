using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StepCloud.Storage.Series;

/// <summary>A block of a series' samples: where it stands, and what is known of it.</summary>
/// <remarks>
/// The table of blocks is kept beside the samples of a series that has more than one, so that a chart looks only into the blocks that its pixel
/// columns part. Form: for each block its offset and count (4 bytes each), mean, then first, last, least and greatest, each its time and value
/// (8 bytes each); all little-endian.
/// </remarks>
/// <param name="Offset">Of its first byte in the samples.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SeriesBlock(int Offset, SeriesSummary Summary)
{
    public const int Bytes = 4 + 4 + (9 * 8);

    public void Write(ByteWriter writer)
    {
        BinaryPrimitives.WriteInt32LittleEndian(writer.Take(4), Offset);
        BinaryPrimitives.WriteInt32LittleEndian(writer.Take(4), Summary.Count);
        writer.Double(Summary.Mean);
        Point(Summary.FirstTime, Summary.First);
        Point(Summary.LastTime, Summary.Last);
        Point(Summary.MinTime, Summary.Min);
        Point(Summary.MaxTime, Summary.Max);

        void Point(long time, double value)
        {
            writer.Fixed((ulong)time);
            writer.Double(value);
        }
    }

    public static SeriesBlock[] ReadAll(ReadOnlySpan<byte> table)
    {
        SeriesBlock[] blocks = new SeriesBlock[table.Length / Bytes];
        ByteReader reader = new(table);
        for (int i = 0; i < blocks.Length; i++)
        {
            int offset = BinaryPrimitives.ReadInt32LittleEndian(reader.Take(4));
            int count = BinaryPrimitives.ReadInt32LittleEndian(reader.Take(4));
            double mean = reader.Double();
            blocks[i] = new SeriesBlock(offset, new SeriesSummary(
                count, mean, (long)reader.Fixed(), reader.Double(), (long)reader.Fixed(), reader.Double(),
                (long)reader.Fixed(), reader.Double(), (long)reader.Fixed(), reader.Double()));
        }

        return blocks;
    }
}
