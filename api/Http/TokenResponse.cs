using StepCloud.Api.Tokens;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Http;

/// <summary>What a sign-in, a pairing and a refresh answer with (RFC 6749 §5.1).</summary>
/// <param name="ExpiresIn">Of the access token, in seconds.</param>
/// <param name="RefreshExpiresAt">When the refresh token dies if it is not used.</param>
public sealed record TokenResponse(
    string AccessToken, string TokenType, int ExpiresIn, string RefreshToken, DateTimeOffset RefreshExpiresAt)
{
    public static TokenResponse Of(SessionGrant grant, AccessTokenIssuer issuer)
    {
        IssuedAccessToken access = issuer.Issue(grant);
        return new TokenResponse(access.Text, "Bearer", (int)access.ExpiresIn.TotalSeconds, grant.RefreshToken, grant.RefreshExpiresAt);
    }
}

public sealed record RefreshRequest(string RefreshToken);
