using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;

namespace StepCloud.Api.Registry;

/// <summary>A format that a picture can have: those that every browser draws, and that hold nothing but a picture.</summary>
internal sealed record PictureFormat(string MediaType, string Name, Func<byte[], bool> Begins)
{
    public const int BytesMax = 512 * 1024;

    /// <summary>By the first bytes of each (PNG 3rd edition §5.2; ITU T.81 §B.1.1; RFC 9649 §2.4).</summary>
    public static readonly IReadOnlyList<PictureFormat> All =
    [
        new("image/png", "PNG", content => content is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..]),
        new("image/jpeg", "JPEG", content => content is [0xFF, 0xD8, 0xFF, ..]),
        new("image/webp", "WebP", content => content.Length >= 12 && content.AsSpan(0, 4).SequenceEqual("RIFF"u8) && content.AsSpan(8, 4).SequenceEqual("WEBP"u8)),
    ];

    /// <param name="contentType">The header of that name.</param>
    public static bool TryFind(string? contentType, [NotNullWhen(true)] out PictureFormat? format)
    {
        format = MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
            ? All.FirstOrDefault(candidate => type.MediaType.Equals(candidate.MediaType, StringComparison.OrdinalIgnoreCase))
            : null;
        return format is not null;
    }
}
