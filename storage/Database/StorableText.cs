using System.Buffers;
using System.Text;

namespace StepCloud.Storage;

/// <summary>What PostgreSQL's `text` can hold: everything but U+0000, and, as UTF-8 has none (RFC 3629 §3), lone surrogates.</summary>
internal static class StorableText
{
    public static bool Is(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? HasOnlyWholeRunes(text) : !text.Contains('\0', StringComparison.Ordinal);

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
