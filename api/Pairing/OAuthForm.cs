using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace StepCloud.Api.Pairing;

/// <summary>The parameters of an OAuth request: a form, each at most once, empty ones as if they were not there (RFC 6749 §3.2).</summary>
internal sealed class OAuthForm(IReadOnlyDictionary<string, string> parameters)
{
    public const string MediaType = "application/x-www-form-urlencoded";

    /// <summary>Bytes of a whole form: several times what the longest sensible one takes.</summary>
    public const int BytesMax = 8 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null when it is missing.</summary>
    public string? this[string name] => parameters.GetValueOrDefault(name);

    /// <returns>Null when the body is no form, or has a parameter twice.</returns>
    public static async Task<OAuthForm?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) || !type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase))
            return null;
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, cancellationToken);
        return TryParse(body.ToArray());
    }

    private static OAuthForm? TryParse(byte[] body)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }

        Dictionary<string, string> parameters = new(StringComparer.Ordinal);
        foreach (QueryStringEnumerable.EncodedNameValuePair pair in new QueryStringEnumerable(text))
        {
            string value = pair.DecodeValue().ToString();
            if (value.Length > 0 && !parameters.TryAdd(pair.DecodeName().ToString(), value)) return null;
        }

        return new OAuthForm(parameters);
    }
}
