using System.Security.Cryptography;
using System.Text.Json.Serialization;
using static System.Buffers.Text.Base64Url;

namespace StepCloud.Api.Tokens;

/// <summary>
/// The published keys (RFC 7517 §5), as `/.well-known/jwks.json` shows them. There is no member that could hold a private one.
/// </summary>
public sealed record JsonWebKeySet([property: JsonPropertyName("keys")] IReadOnlyList<JsonWebKey> Keys);

/// <summary>A public key on P-256 for ES256 (RFC 7518 §6.2.1). Coordinates are 32 bytes each in base64url.</summary>
public sealed record JsonWebKey(
    [property: JsonPropertyName("kid")] string KeyId,
    [property: JsonPropertyName("x")] string X,
    [property: JsonPropertyName("y")] string Y)
{
    [JsonPropertyName("kty")]
    public string KeyType => "EC";

    [JsonPropertyName("crv")]
    public string Curve => "P-256";

    [JsonPropertyName("use")]
    public string Use => "sig";

    [JsonPropertyName("alg")]
    public string Algorithm => SigningKey.Algorithm;

    /// <summary>The key of that point, named by its thumbprint.</summary>
    public static JsonWebKey Of(ECPoint point)
    {
        string x = EncodeToString(point.X), y = EncodeToString(point.Y);
        return new JsonWebKey(JwkThumbprint.Compute([new("crv", "P-256"), new("kty", "EC"), new("x", x), new("y", y)]), x, y);
    }
}
