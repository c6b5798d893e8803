namespace StepCloud.Api.Tokens;

/// <summary>When a signing key signs, and when it verifies.</summary>
/// <param name="SignsFrom">It is published before.</param>
/// <param name="RetiredAt">It signs no more from then on, which can lie ahead; null while it has no end.</param>
/// <param name="RevokedAt">It verifies nothing from then on.</param>
public sealed record SigningKeyLife(DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, DateTimeOffset? RetiredAt, DateTimeOffset? RevokedAt)
{
    /// <summary>
    /// How long a process can go on signing with a key that another process ended at once: until it reads the keys again, on a clock that is
    /// a little behind. The longest <see cref="SigningKeyOptions.ReloadEvery"/> and some seconds.
    /// </summary>
    public static readonly TimeSpan Lag = TimeSpan.FromMinutes(2.5);

    /// <summary>It has no end yet. One key of an installation is so.</summary>
    public bool IsOpen => RetiredAt is null && RevokedAt is null;

    public bool SignsAt(DateTimeOffset now) => now >= SignsFrom && !IsOverAt(now);

    /// <summary>It signs, or will.</summary>
    public bool IsOverAt(DateTimeOffset now) => RevokedAt is not null || now >= RetiredAt;

    public bool VerifiesAt(DateTimeOffset now, TimeSpan tokenLifetime) => RevokedAt is null && !(now >= VerifiesUntil(tokenLifetime));

    /// <summary>When the last token that it can have signed has expired; null while it has no end.</summary>
    public DateTimeOffset? VerifiesUntil(TimeSpan tokenLifetime) => RevokedAt ?? RetiredAt + tokenLifetime + Lag;

    public SigningKeyState StateAt(DateTimeOffset now, TimeSpan tokenLifetime)
    {
        if (RevokedAt is not null) return SigningKeyState.Revoked;
        if (!VerifiesAt(now, tokenLifetime)) return SigningKeyState.Ended;
        if (now >= RetiredAt) return SigningKeyState.Retired;
        return now < SignsFrom ? SigningKeyState.Next : SigningKeyState.Current;
    }
}

public enum SigningKeyState
{
    /// <summary>Published, and signs later.</summary>
    Next,
    Current,

    /// <summary>Signs no more; its tokens still live.</summary>
    Retired,

    /// <summary>No token of it lives.</summary>
    Ended,
    Revoked,
}
