using Microsoft.Extensions.Options;

namespace StepCloud.Api.Tokens;

/// <summary>`/.well-known/jwks.json` (RFC 7517 §5): for whoever checks our tokens elsewhere.</summary>
internal static class PublishedKeysEndpoint
{
    /// <summary>How long others may keep the keys. A revoked key lives on with them for so long: short; but no question per token.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    public static void MapPublishedKeys(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/.well-known/jwks.json",
        (SigningKeys keys, IOptions<SigningKeyOptions> options, HttpResponse response) =>
        {
            response.Headers.CacheControl = $"public, max-age={MaxAgeOf(options.Value).TotalSeconds:0}";
            return keys.Published;
        }).AllowAnonymous().ExcludeFromDescription();

    /// <summary>At most half of the time for which a key is published before it signs: every copy is renewed before that.</summary>
    private static TimeSpan MaxAgeOf(SigningKeyOptions options) => MaxAge < options.PublishAhead / 2 ? MaxAge : options.PublishAhead / 2;
}
