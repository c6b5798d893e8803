using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Tokens;

/// <summary>What a verified access token says. That its session is still open is the caller's to ask: a signature cannot know.</summary>
/// <param name="HolderKind">From `aud`: which kind of id <paramref name="Holder"/> is.</param>
/// <param name="Holder">`sub`: the user's or the gateway's id.</param>
/// <param name="Organization">`org`; null for an administrator of the installation.</param>
/// <param name="TokenId">`jti`: this one token, for the audit.</param>
/// <param name="Case">`case`: all that an upload session may bring something of, which may nothing else; null for a token that may what its holder may.</param>
public sealed record AccessToken(
    HolderKind HolderKind,
    Guid Holder,
    SessionId Session,
    OrganizationId? Organization,
    IReadOnlyList<string> Roles,
    string TokenId,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    CaseId? Case = null)
{
    /// <summary>`scope` of an upload session.</summary>
    public const string UploadScope = "recordings:upload";
}

/// <summary>A new access token in its compact form (RFC 7515 §3.1), for the `Authorization` header or the MQTT password.</summary>
public sealed record IssuedAccessToken(string Text, TimeSpan ExpiresIn, DateTimeOffset ExpiresAt);

public abstract record AccessTokenOutcome
{
    private AccessTokenOutcome()
    {
    }

    public sealed record Valid(AccessToken Token) : AccessTokenOutcome;

    /// <summary>Of an upload session: valid for what is said to take it, and for nothing else. No <see cref="Valid"/>, so that whoever does not ask for it does not get it.</summary>
    public sealed record ForUploads(AccessToken Token) : AccessTokenOutcome;

    /// <summary>The reason is for logs, metrics and tests; a client is only told `invalid_token` (RFC 6750 §3.1).</summary>
    public sealed record Invalid(AccessTokenFault Fault) : AccessTokenOutcome;
}

/// <summary>Why an access token is refused, in the order of the checks: no claim is read before the signature holds.</summary>
public enum AccessTokenFault
{
    /// <summary>Longer than <see cref="AccessTokenVerifier.TokenCharsMax"/>; not looked at further.</summary>
    TooLong,

    /// <summary>
    /// Not three parts of strict base64url with JSON objects in them, a member twice, or a claim missing or of another type.
    /// </summary>
    Malformed,

    /// <summary>`alg` is not ES256. So `none`, and HS256 keyed with the public key, end here (RFC 8725 §3.1).</summary>
    WrongAlgorithm,

    /// <summary>`typ` is not `at+jwt` (RFC 9068 §4): another kind of JWT, even if this server signed it.</summary>
    WrongType,

    /// <summary>`crit` demands an extension; none is understood here (RFC 7515 §4.1.11).</summary>
    CriticalHeader,

    /// <summary>`kid` is missing or names none of the published keys.</summary>
    UnknownKey,

    BadSignature,
    WrongIssuer,

    /// <summary>`aud` is not exactly one of <see cref="TokenAudience"/>.</summary>
    WrongAudience,

    Expired,

    /// <summary>`nbf` or `iat` lies further ahead than the clocks of the nodes may differ.</summary>
    NotYetValid,
}
