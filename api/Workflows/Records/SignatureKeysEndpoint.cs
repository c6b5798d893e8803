using System.Text.Json.Serialization;
using StepCloud.Api.Tokens;
using StepCloud.Storage;

namespace StepCloud.Api.Workflows.Records;

/// <summary>
/// `/.well-known/signature-keys.json`: every public key there ever was, since signatures are checked years after their keys' last. For access
/// tokens it is `jwks.json` that counts: a revoked key is here and not there.
/// </summary>
internal static class SignatureKeysEndpoint
{
    /// <summary>Nothing is checked at once by what stands here, but whoever asks has to see soon that a key was revoked.</summary>
    private const string CacheControl = "public, max-age=300";

    public static void MapSignatureKeys(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/.well-known/signature-keys.json",
        async (SigningKeyStore store, HttpResponse response, CancellationToken cancellationToken) =>
        {
            IReadOnlyList<SigningKeyRow> rows = await store.ListAsync(cancellationToken);
            response.Headers.CacheControl = CacheControl;
            return new SignatureKeySet([.. rows.Select(SignatureKey.Of)]);
        }).AllowAnonymous().ExcludeFromDescription();
}

/// <summary>A JWK Set (RFC 7517 §5) whose keys have members beside, which that allows (§4).</summary>
public sealed record SignatureKeySet([property: JsonPropertyName("keys")] IReadOnlyList<SignatureKey> Keys);

/// <param name="RetiredAt">It signs no more from then on; null while it has no end.</param>
/// <param name="RevokedAt">What it signed from then on counts for nothing; null where it was not revoked.</param>
public sealed record SignatureKey(
    [property: JsonPropertyName("kty")] string KeyType,
    [property: JsonPropertyName("crv")] string Curve,
    [property: JsonPropertyName("kid")] string KeyId,
    [property: JsonPropertyName("x")] string X,
    [property: JsonPropertyName("y")] string Y,
    [property: JsonPropertyName("use")] string Use,
    [property: JsonPropertyName("alg")] string Algorithm,
    [property: JsonPropertyName("signed_from")] DateTimeOffset SignedFrom,
    [property: JsonPropertyName("retired_at")] DateTimeOffset? RetiredAt,
    [property: JsonPropertyName("revoked_at")] DateTimeOffset? RevokedAt)
{
    public static SignatureKey Of(SigningKeyRow row)
    {
        JsonWebKey key = SigningKey.ImportSpki(row.PublicKeySpki).PublicKey;
        return new SignatureKey(key.KeyType, key.Curve, key.KeyId, key.X, key.Y, key.Use, key.Algorithm, row.SignsFrom, row.RetiredAt, row.RevokedAt);
    }
}
