using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Tokens;

/// <summary>Makes access tokens: JWTs of RFC 9068, signed with the current key.</summary>
public sealed class AccessTokenIssuer(SigningKeys keys, IOptions<AccessTokenOptions> options, TimeProvider clock)
{
    internal const string TokenType = "at+jwt";

    /// <summary>`client_id` of users' tokens: the installation's own console and API are the one client they come through.</summary>
    internal const string OwnClient = "stepcloud";

    private const int TokenIdBytes = 16;

    public IssuedAccessToken Issue(SessionGrant grant)
    {
        SigningKey key = keys.Current;

        // NumericDates are whole seconds: the token ends when its `exp` does, so what is told about it is rounded in the same way.
        long issuedAt = clock.GetUtcNow().ToUnixTimeSeconds();
        long lifetimeSeconds = (long)options.Value.Lifetime.TotalSeconds;
        TokenHeader header = new() { Algorithm = SigningKey.Algorithm, Type = TokenType, KeyId = key.KeyId };
        TokenClaims claims = new()
        {
            Issuer = options.Value.Issuer,
            Audience = TokenAudience.Of(grant.HolderKind),
            Subject = grant.Holder,
            ClientId = grant.HolderKind == HolderKind.Gateway ? grant.Holder.ToString("D") : OwnClient,
            Session = grant.Session.Value,
            Organization = grant.Organization?.Value,
            Roles = [.. grant.Roles],
            TokenId = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenIdBytes)),
            IssuedAt = issuedAt,
            ExpiresAt = issuedAt + lifetimeSeconds,
        };
        string text = CompactJws.Sign(
            JsonSerializer.SerializeToUtf8Bytes(header, TokenJson.Default.TokenHeader),
            JsonSerializer.SerializeToUtf8Bytes(claims, TokenJson.Default.TokenClaims),
            key);
        return new IssuedAccessToken(
            text, TimeSpan.FromSeconds(lifetimeSeconds), DateTimeOffset.FromUnixTimeSeconds(claims.ExpiresAt));
    }
}
