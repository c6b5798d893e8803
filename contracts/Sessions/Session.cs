using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Sessions;

/// <summary>Who a session belongs to; the `aud` of its access tokens says the same.</summary>
public enum HolderKind : byte
{
    User = 1,
    Gateway = 2,
}

/// <summary>Where a sign-in came from, for the list of sessions and the audit.</summary>
public sealed record SessionOrigin(string RemoteAddress, string Agent);

/// <summary>A session's next credentials. The access token is made from it where the signing keys are.</summary>
/// <param name="RefreshToken">Opaque, 256 bits; only its hash is stored.</param>
/// <param name="RefreshExpiresAt">When the family dies if it is not used before.</param>
public sealed record SessionGrant(
    SessionId Session,
    HolderKind HolderKind,
    Guid Holder,
    OrganizationId? Organization,
    IReadOnlyList<string> Roles,
    string RefreshToken,
    DateTimeOffset RefreshExpiresAt)
{
    /// <summary>Without the token: a grant may be written into a log.</summary>
    public override string ToString() => $"{nameof(SessionGrant)} {Session} of {HolderKind} {Holder}";
}

public abstract record RefreshOutcome
{
    private RefreshOutcome()
    {
    }

    public sealed record Granted(SessionGrant Grant) : RefreshOutcome;

    /// <summary>The token is unknown, expired, or its session or holder is revoked.</summary>
    public sealed record Refused : RefreshOutcome
    {
        public static readonly Refused Instance = new();
    }

    /// <summary>A token that was used before came again: somebody holds a copy, so the whole family is revoked (RFC 9700 §4.14.2).</summary>
    public sealed record Reused : RefreshOutcome
    {
        public static readonly Reused Instance = new();
    }
}
