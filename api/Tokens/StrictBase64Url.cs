using System.Buffers;
using System.Buffers.Text;

namespace StepCloud.Api.Tokens;

/// <summary>Base64url as JOSE has it (RFC 7515 §2): no padding, no white space, and each value written in one way only.</summary>
internal static class StrictBase64Url
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly SearchValues<char> AlphabetValues = SearchValues.Create(Alphabet);

    /// <returns>Null when the text is not exactly what an encoder would have written.</returns>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        // The decoder of .NET also takes padding and white space, so the alphabet is checked here.
        if (text.ContainsAnyExcept(AlphabetValues) || !EndsOnZeroBits(text))
            return null;
        return Base64Url.DecodeFromChars(text);
    }

    /// <summary>
    /// The last character of a part that is not a multiple of three bytes carries 4 or 2 bits of nothing. If those could be set, one
    /// token could be written in several ways (RFC 4648 §3.5).
    /// </summary>
    private static bool EndsOnZeroBits(ReadOnlySpan<char> text) => (text.Length % 4) switch
    {
        0 => true,
        2 => (Alphabet.IndexOf(text[^1]) & 0b1111) == 0,
        3 => (Alphabet.IndexOf(text[^1]) & 0b11) == 0,
        _ => false,
    };
}
