using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Tokens;

/// <summary>Checks access tokens as RFC 9068 §4 and RFC 8725 ask. Whatever the text, it answers and does not throw.</summary>
public sealed class AccessTokenVerifier(SigningKeys keys, IOptions<AccessTokenOptions> options, TimeProvider clock)
{
    /// <summary>
    /// Characters of the longest token that is looked at. Ours have about 600; this leaves room for roles and bounds what an unknown sender
    /// can make the server decode.
    /// </summary>
    public const int TokenCharsMax = 4096;

    private readonly VerifiedSignatures _verified = new();

    public AccessTokenOutcome Verify(ReadOnlySpan<char> token)
    {
        if (token.Length > TokenCharsMax)
            return Invalid(AccessTokenFault.TooLong);
        if (CompactJws.Parse(token) is not { } jws || Read(jws.Header, TokenJson.Default.TokenHeader) is not { } header)
            return Invalid(AccessTokenFault.Malformed);
        if (FaultOf(header) is { } headerFault)
            return Invalid(headerFault);
        if (header.KeyId is null || keys.Find(header.KeyId) is not { } key)
            return Invalid(AccessTokenFault.UnknownKey);
        if (!_verified.Verify(key, jws))
            return Invalid(AccessTokenFault.BadSignature);
        if (Read(jws.Payload, TokenJson.Default.TokenClaims) is not { } claims)
            return Invalid(AccessTokenFault.Malformed);
        return Judge(claims);
    }

    /// <summary>The algorithm is what this server uses, never what the token proposes.</summary>
    private static AccessTokenFault? FaultOf(TokenHeader header)
    {
        if (header.Algorithm != SigningKey.Algorithm)
            return AccessTokenFault.WrongAlgorithm;

        // RFC 9068 §4 would also allow `application/at+jwt`; this server writes the short form, and only its own tokens can be valid.
        if (header.Type != AccessTokenIssuer.TokenType)
            return AccessTokenFault.WrongType;
        return header.Others?.ContainsKey("crit") == true ? AccessTokenFault.CriticalHeader : null;
    }

    private AccessTokenOutcome Judge(TokenClaims claims)
    {
        if (claims.Issuer != options.Value.Issuer)
            return Invalid(AccessTokenFault.WrongIssuer);
        if (TokenAudience.HolderKindOf(claims.Audience) is not { } holderKind)
            return Invalid(AccessTokenFault.WrongAudience);
        if (Time(claims.IssuedAt) is not { } issuedAt
            || Time(claims.NotBefore ?? claims.IssuedAt) is not { } notBefore
            || Time(claims.ExpiresAt) is not { } expiresAt
            || claims.Roles.Contains(null!)
            || !IsBounded(claims))
        {
            return Invalid(AccessTokenFault.Malformed);
        }

        DateTimeOffset now = clock.GetUtcNow();
        if (now >= expiresAt)
            return Invalid(AccessTokenFault.Expired);
        DateTimeOffset latestStart = now + options.Value.ClockLeeway;
        if (issuedAt > latestStart || notBefore > latestStart)
            return Invalid(AccessTokenFault.NotYetValid);

        AccessToken token = new(
            holderKind,
            claims.Subject,
            new SessionId(claims.Session),
            claims.Organization is { } organization ? new OrganizationId(organization) : null,
            claims.Roles,
            claims.TokenId,
            issuedAt,
            expiresAt,
            claims.Case is { } of ? new CaseId(of) : null);
        return token.Case is null ? new AccessTokenOutcome.Valid(token) : new AccessTokenOutcome.ForUploads(token);
    }

    /// <summary>Scope, case and organization come together, with the audience that is theirs, or scope and case not at all.</summary>
    private static bool IsBounded(TokenClaims claims) => claims.Audience == TokenAudience.Upload
        ? claims is { Scope: AccessToken.UploadScope, Case: not null, Organization: not null }
        : claims is { Scope: null, Case: null };

    private static DateTimeOffset? Time(long numericDate) =>
        numericDate >= 0 && numericDate <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(numericDate)
            : null;

    private static T? Read<T>(byte[] json, JsonTypeInfo<T> type) where T : class
    {
        // RFC 7515 §5.2 asks for valid UTF-8; the deserializer lets it pass in the names of members that it does not know.
        if (!Utf8.IsValid(json))
            return null;
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static AccessTokenOutcome.Invalid Invalid(AccessTokenFault fault) => new(fault);
}
