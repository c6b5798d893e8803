using System.Buffers.Binary;
using System.Text;

namespace StepCloud.Api.Workflows.Records;

/// <summary>A TrueType font as far as a page is laid out by it: which characters it has, and how wide they are (OpenType 1.9, `cmap`, `hmtx`).</summary>
internal sealed class PrintedFont
{
    /// <summary>For what the font has no glyph for.</summary>
    public const char Stand = '\u25A1';

    /// <summary>`platformID` 3, `encodingID` 1: Unicode's Basic Multilingual Plane, in format 4.</summary>
    private const int Windows = 3, UnicodeBmp = 1, SegmentFormat = 4;

    private readonly ushort[] _glyphs = new ushort[char.MaxValue + 1];
    private readonly double[] _widths = new double[char.MaxValue + 1];

    private PrintedFont(byte[] bytes)
    {
        Bytes = bytes;
        ReadGlyphs(bytes.AsSpan(OffsetOf("cmap")));
        int unitsPerEm = UInt16(bytes, OffsetOf("head") + 18);
        int measured = UInt16(bytes, OffsetOf("hhea") + 34);
        int metrics = OffsetOf("hmtx");
        for (int character = 0; character < _widths.Length; character++)
            _widths[character] = (double)UInt16(bytes, metrics + (4 * Math.Min((int)_glyphs[character], measured - 1))) / unitsPerEm;
    }

    public byte[] Bytes { get; }

    /// <exception cref="FontsMissingException">It is not installed.</exception>
    public static PrintedFont Read(string file)
    {
        try
        {
            return new PrintedFont(File.ReadAllBytes(file));
        }
        catch (IOException e)
        {
            throw new FontsMissingException(file, e);
        }
    }

    /// <remarks>Above the basic plane none: what a reader would copy out of the PDF would be another character.</remarks>
    public bool Has(Rune rune) => rune.IsBmp && _glyphs[rune.Value] != 0;

    /// <summary>In the unit of <paramref name="size"/>.</summary>
    public double WidthOf(ReadOnlySpan<char> text, double size)
    {
        double width = 0;
        foreach (char character in text) width += _widths[character];
        return width * size;
    }

    private void ReadGlyphs(ReadOnlySpan<byte> cmap)
    {
        for (int i = 0; i < UInt16(cmap, 2); i++)
        {
            ReadOnlySpan<byte> record = cmap[(4 + (8 * i))..];
            ReadOnlySpan<byte> table = cmap[(int)BinaryPrimitives.ReadUInt32BigEndian(record[4..])..];
            if (UInt16(record, 0) != Windows || UInt16(record, 2) != UnicodeBmp || UInt16(table, 0) != SegmentFormat) continue;
            ReadSegments(table);
            return;
        }

        throw new InvalidDataException("The font has no map of Unicode's characters in format 4.");
    }

    private void ReadSegments(ReadOnlySpan<byte> table)
    {
        int length = UInt16(table, 6);
        int ends = 14, starts = ends + length + 2, deltas = starts + length, ranges = deltas + length;
        for (int at = 0; at < length; at += 2)
        {
            int start = UInt16(table, starts + at), end = UInt16(table, ends + at), range = UInt16(table, ranges + at);
            for (int character = start; character <= end && character < char.MaxValue; character++)
            {
                int glyph = range == 0 ? character : UInt16(table, ranges + at + range + (2 * (character - start)));
                if (glyph != 0) _glyphs[character] = (ushort)(glyph + UInt16(table, deltas + at));
            }
        }
    }

    private int OffsetOf(string name)
    {
        for (int i = 0; i < UInt16(Bytes, 4); i++)
        {
            ReadOnlySpan<byte> record = Bytes.AsSpan(12 + (16 * i));
            if (Encoding.ASCII.GetString(record[..4]) == name) return (int)BinaryPrimitives.ReadUInt32BigEndian(record[8..]);
        }

        throw new InvalidDataException($"The font has no table '{name}'.");
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
}

/// <summary>A font that pages are printed with is not on this machine. The message says which package has it.</summary>
public sealed class FontsMissingException(string file, Exception inner)
    : Exception($"There is no {file}: install Debian's package fonts-dejavu-core.", inner);
