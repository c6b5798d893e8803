using System.Buffers;
using System.Text;

namespace StepCloud.Storage;

/// <summary>What PostgreSQL's `text` can hold: everything but U+0000, and, as UTF-8 has none (RFC 3629 §3), lone surrogates.</summary>
public static class StorableText
{
    public static bool Is(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? HasOnlyWholeRunes(text) : !text.Contains('\0', StringComparison.Ordinal);

    /// <summary>The text with U+FFFD in the place of what cannot be stored.</summary>
    public static string Mended(string text)
    {
        if (Is(text)) return text;
        StringBuilder mended = new(text.Length);
        // The enumerator itself gives U+FFFD for a lone surrogate.
        foreach (Rune rune in text.EnumerateRunes()) mended.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        return mended.ToString();
    }

    private static bool HasOnlyWholeRunes(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out Rune rune, out int length) != OperationStatus.Done || rune.Value == 0)
                return false;
            text = text[length..];
        }

        return true;
    }
}
