using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace StepCloud.Api.Recordings;

/// <summary>A type that a recording can have, told by its content and not by its name.</summary>
/// <param name="Extensions">That a file of it may have; the first for one without.</param>
/// <param name="Begins">Whether content of that length (null: not known yet) that begins so is of this type.</param>
internal sealed record RecordingType(string MediaType, string Name, string[] Extensions, Func<ReadOnlyMemory<byte>, long?, bool> Begins)
{
    /// <summary>What is looked at, bytes.</summary>
    public const int HeadBytes = 4096;

    /// <summary>Where the first triangle of a binary STL stands, and how long each is.</summary>
    private const int StlHeaderBytes = 84, StlTriangleBytes = 50;

    public static readonly IReadOnlyList<RecordingType> All =
    [
        new("image/jpeg", "JPEG", ["jpg", "jpeg", "jpe", "jfif"], (head, _) => head.Span is [0xFF, 0xD8, 0xFF, ..]),
        new("image/png", "PNG", ["png"], (head, _) => head.Span is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..]),
        new("image/webp", "WebP", ["webp"], (head, _) => head.Length >= 12 && head.Span.StartsWith("RIFF"u8) && head.Span[8..].StartsWith("WEBP"u8)),
        new("image/heic", "HEIC", ["heic", "heif"], (head, _) => HasBrand(head.Span, "heic", "heix", "hevc", "heim", "heis", "mif1")),
        new("video/mp4", "MP4", ["mp4", "m4v"], (head, _) => HasBrand(head.Span, "iso", "mp4", "avc1", "M4V", "dash", "MSNV", "3gp") && !HasMajor(head.Span, "qt  "u8)),
        new("video/quicktime", "QuickTime", ["mov", "qt"], (head, _) => HasMajor(head.Span, "qt  "u8)),
        new("video/webm", "WebM", ["webm"], (head, _) => head.Span.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3]) && head.Span[..Math.Min(head.Length, 64)].IndexOf("webm"u8) >= 0),
        new("model/stl", "STL", ["stl"], (head, length) => IsBinaryStl(head.Span, length) || IsTextStl(head.Span)),
        new("model/ply", "PLY", ["ply"], (head, _) => head.Span.StartsWith("ply\n"u8) || head.Span.StartsWith("ply\r"u8)),
        new("application/pdf", "PDF", ["pdf"], (head, _) => head.Span.StartsWith("%PDF-"u8)),
    ];

    public static bool TryFind(string? contentType, [NotNullWhen(true)] out RecordingType? found)
    {
        found = MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
            ? All.FirstOrDefault(candidate => type.MediaType.Equals(candidate.MediaType, StringComparison.OrdinalIgnoreCase))
            : null;
        return found is not null;
    }

    /// <summary>The type `ftyp` of ISO 14496-12 §4.3: a major brand, and those that it is compatible with.</summary>
    private static bool HasBrand(ReadOnlySpan<byte> head, params string[] brands)
    {
        if (head.Length < 12 || !head[4..].StartsWith("ftyp"u8)) return false;
        int end = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(head), (uint)head.Length);
        for (int at = 8; at + 4 <= end; at += 4)
        {
            // Behind the major brand stands its version.
            if (at == 12) continue;
            string given = Encoding.Latin1.GetString(head.Slice(at, 4));
            if (brands.Any(brand => given.StartsWith(brand, StringComparison.Ordinal))) return true;
        }

        return false;
    }

    private static bool HasMajor(ReadOnlySpan<byte> head, ReadOnlySpan<byte> brand) => head.Length >= 12 && head[4..].StartsWith("ftyp"u8) && head[8..].StartsWith(brand);

    /// <summary>It has no magic number, but says how many triangles it has.</summary>
    private static bool IsBinaryStl(ReadOnlySpan<byte> head, long? length) =>
        head.Length >= StlHeaderBytes
        && (length is null || length == StlHeaderBytes + ((long)BinaryPrimitives.ReadUInt32LittleEndian(head[(StlHeaderBytes - sizeof(uint))..]) * StlTriangleBytes));

    private static bool IsTextStl(ReadOnlySpan<byte> head) => head.StartsWith("solid"u8) && (head.IndexOf("facet"u8) >= 0 || head.IndexOf("endsolid"u8) >= 0);
}
