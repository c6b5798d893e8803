using System.Text;
using StepCloud.Api.Recordings.Format;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>The name that a recording came with. It is shown, and proposed when it is saved; no file of ours is ever called so.</summary>
internal static class RecordingName
{
    public const int CharsMax = 200;

    /// <returns>What is wrong with it; null when nothing is.</returns>
    public static string? Fault(string name) =>
        name.Length is 0 or > CharsMax ? $"It must have 1 to {CharsMax} characters."
        : name is "." or ".." || name.AsSpan().IndexOfAny('/', '\\') >= 0 ? "It must be a name without a path."
        : name.Any(c => char.IsControl(c) || char.IsSurrogate(c) && !IsWhole(name)) ? "It must be text, without control characters."
        : name.Any(TurnsText) ? "It must be text that reads in the order in which it is written: without marks that turn its direction."
        : null;

    /// <returns>Null when the recording has no name, or it cannot be opened.</returns>
    public static string? Open(Recording recording, SecretKey key)
    {
        if (recording.NameSealed is not { } frame) return null;
        using ChunkOpener opener = new(key.Value, recording.Id.Value);
        return opener.OpenText(frame);
    }

    /// <summary>Content-Disposition (RFC 6266): a name of plain letters for all, and the real one for who understands it. It ends as the type does, since whoever saves it has it opened by that.</summary>
    public static string Disposition(Recording recording, string? name)
    {
        string[] extensions = RecordingType.All.FirstOrDefault(type => type.MediaType == recording.MediaType)?.Extensions ?? ["bin"];
        name ??= $"recording-{recording.Id}";
        if (!extensions.Any(extension => name.EndsWith('.' + extension, StringComparison.OrdinalIgnoreCase))) name += '.' + extensions[0];
        StringBuilder plain = new(), encoded = new();
        foreach (char c in name) plain.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ' ' ? c : '_');
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.') encoded.Append((char)b);
            else encoded.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return $"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}";
    }

    /// <summary>The explicit marks of the Unicode Bidirectional Algorithm (UAX #9 §2): by them `gpj.exe` is shown as `exe.jpg`.</summary>
    private static bool TurnsText(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static bool IsWhole(string name)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(name);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
