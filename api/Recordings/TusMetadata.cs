using System.Text;

namespace StepCloud.Api.Recordings;

/// <summary>`Upload-Metadata` of tus: names with values in base64. A name that comes twice is a fault, and one that is not known here is nobody's.</summary>
internal static class TusMetadata
{
    private const int CharsMax = 4096;

    /// <returns>Null when it cannot be read.</returns>
    public static Dictionary<string, string>? Read(string header)
    {
        if (header.Length > CharsMax) return null;
        Dictionary<string, string> read = new(StringComparer.Ordinal);
        foreach (string pair in header.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = pair.Split(' ');
            if (parts.Length > 2 || ReadValue(parts.Length == 2 ? parts[1] : "") is not { } value || !read.TryAdd(parts[0], value)) return null;
        }

        return read;
    }

    private static string? ReadValue(string text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
