using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Ports;

/// <summary>Sessions and the hashes of their refresh tokens. Token texts never reach it.</summary>
public interface ISessionStore
{
    /// <summary>Opens a session with its first token.</summary>
    /// <param name="endOthers">End every other open session of the holder in the same transaction.</param>
    Task CreateAsync(NewSession session, bool endOthers, CancellationToken cancellationToken);

    /// <summary>The token with that SHA-256 and its session, open or not; null when it was never issued.</summary>
    Task<RefreshTokenRecord?> FindTokenAsync(byte[] tokenHash, CancellationToken cancellationToken);

    /// <summary>Marks the token used and adds its successor, if it is unused and its session is open.</summary>
    /// <returns>False when that was no longer so, and nothing was written.</returns>
    Task<bool> RotateAsync(TokenRotation rotation, CancellationToken cancellationToken);

    /// <summary>Ends an open session of that holder.</summary>
    /// <returns>False when the holder has no such open session.</returns>
    Task<bool> EndAsync(SessionId session, HolderKind holderKind, Guid holder, string reason, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>True while the session is open: not ended, not past its end, its holder neither disabled nor revoked.</summary>
    Task<bool> IsOpenAsync(SessionId session, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="ExpiresAt">When the unused token dies, and with it the family.</param>
/// <param name="EndsAt">When the session ends however much it is used; null for never.</param>
public sealed record NewSession(
    SessionId Id,
    HolderKind HolderKind,
    Guid Holder,
    byte[] TokenHash,
    DateTimeOffset At,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EndsAt,
    SessionOrigin Origin);

/// <param name="UsedAt">When it was exchanged for its successor; null while it is the family's newest.</param>
/// <param name="IsLastUsed">True when its successor has not been used yet: only then may a retry be answered.</param>
public sealed record RefreshTokenRecord(
    SessionId Session,
    HolderKind HolderKind,
    Guid Holder,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? UsedAt,
    bool IsLastUsed,
    DateTimeOffset? SessionEndsAt,
    bool SessionEnded);

public sealed record TokenRotation(
    SessionId Session,
    byte[] UsedHash,
    byte[] SuccessorHash,
    DateTimeOffset At,
    DateTimeOffset ExpiresAt,
    SessionOrigin Origin);
