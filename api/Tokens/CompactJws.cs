using System.Buffers.Text;
using System.Text;

namespace StepCloud.Api.Tokens;

/// <summary>
/// <code>BASE64URL(UTF8(header)) || '.' || BASE64URL(payload) || '.' || BASE64URL(signature)</code>
/// RFC 7515 §3.1. The signature is over the ASCII bytes of everything before the second dot.
/// </summary>
internal readonly record struct CompactJws(byte[] Header, byte[] Payload, byte[] SigningInput, byte[] Signature)
{
    /// <returns>Null when the text is not three dotted parts of strict base64url.</returns>
    public static CompactJws? Parse(ReadOnlySpan<char> text)
    {
        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, '.') != 3)
            return null;
        ReadOnlySpan<char> signingInput = text[..parts[1].End.Value];
        if (StrictBase64Url.Decode(text[parts[0]]) is not { } header
            || StrictBase64Url.Decode(text[parts[1]]) is not { } payload
            || StrictBase64Url.Decode(text[parts[2]]) is not { } signature)
        {
            return null;
        }

        byte[] signingInputBytes = new byte[signingInput.Length];
        Encoding.ASCII.GetBytes(signingInput, signingInputBytes);
        return new CompactJws(header, payload, signingInputBytes, signature);
    }

    public static string Sign(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, SigningKey key)
    {
        string signingInput = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(payload)}";
        byte[] signature = key.Sign(Encoding.ASCII.GetBytes(signingInput));
        return $"{signingInput}.{Base64Url.EncodeToString(signature)}";
    }
}
