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
        long issuedAt = clock.GetUtcNow().ToUnixTimeSeconds();
        return Sign(new TokenClaims
        {
            Issuer = options.Value.Issuer,
            Audience = TokenAudience.Of(grant.HolderKind),
            Subject = grant.Holder,
            ClientId = grant.HolderKind == HolderKind.Gateway ? grant.Holder.ToString("D") : OwnClient,
            Session = grant.Session.Value,
            Organization = grant.Organization?.Value,
            Roles = [.. grant.Roles],
            TokenId = NewTokenId(),
            IssuedAt = issuedAt,
            ExpiresAt = issuedAt + (long)options.Value.Lifetime.TotalSeconds,
        });
    }

    /// <summary>The one token of an upload session: it lives as long as that.</summary>
    public IssuedAccessToken Issue(UploadGrant grant) => Sign(new TokenClaims
    {
        Issuer = options.Value.Issuer,
        Audience = TokenAudience.Upload,
        Subject = grant.User.Value,
        ClientId = OwnClient,
        Session = grant.Session.Value,
        Organization = grant.Organization.Value,
        Scope = AccessToken.UploadScope,
        Case = grant.Case.Value,
        Roles = [],
        TokenId = NewTokenId(),
        IssuedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
        ExpiresAt = grant.EndsAt.ToUnixTimeSeconds(),
    });

    private static string NewTokenId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenIdBytes));

    /// <remarks>NumericDates are whole seconds: the token ends when its `exp` does, so what is told about it is rounded in the same way.</remarks>
    private IssuedAccessToken Sign(TokenClaims claims)
    {
        SigningKey key = keys.Current;
        TokenHeader header = new() { Algorithm = SigningKey.Algorithm, Type = TokenType, KeyId = key.KeyId };
        string text = CompactJws.Sign(
            JsonSerializer.SerializeToUtf8Bytes(header, TokenJson.Default.TokenHeader),
            JsonSerializer.SerializeToUtf8Bytes(claims, TokenJson.Default.TokenClaims),
            key);
        return new IssuedAccessToken(text, TimeSpan.FromSeconds(claims.ExpiresAt - claims.IssuedAt), DateTimeOffset.FromUnixTimeSeconds(claims.ExpiresAt));
    }
}
