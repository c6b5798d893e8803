using StepCloud.Actors.Ports;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Sessions;

/// <summary>What to do with a refresh token that was presented.</summary>
public enum RefreshDecision
{
    /// <summary>Unknown, expired, ended, or somebody else's.</summary>
    Refuse,

    /// <summary>The family's newest: exchange it.</summary>
    Rotate,

    /// <summary>The last rotation again, soon enough: answer with the same successor.</summary>
    Repeat,

    /// <summary>Used before: two parties hold the family, so it ends (RFC 9700 §4.14.2).</summary>
    Reuse,
}

public static class RefreshDecisions
{
    public static RefreshDecision Decide(
        RefreshTokenRecord? token, HolderKind holderKind, Guid holder, DateTimeOffset now, TimeSpan retryWindow)
    {
        if (token is null || token.SessionEnded || token.HolderKind != holderKind || token.Holder != holder) return RefreshDecision.Refuse;
        if (now >= token.SessionEndsAt) return RefreshDecision.Refuse;
        if (token.UsedAt is not { } usedAt) return now < token.ExpiresAt ? RefreshDecision.Rotate : RefreshDecision.Refuse;
        return token.IsLastUsed && now - usedAt <= retryWindow ? RefreshDecision.Repeat : RefreshDecision.Reuse;
    }
}
