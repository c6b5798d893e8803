using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Ports;

/// <summary>Sessions and the hashes of their refresh tokens. Token texts never reach it.</summary>
public interface ISessionStore
{
    /// <summary>Opens a session with its first token.</summary>
    /// <param name="endOthers">End every other open session of the holder in the same transaction.</param>
    /// <returns>False when it is to be begun by an access key that is not usable any more; nothing was written.</returns>
    Task<bool> CreateAsync(NewSession session, bool endOthers, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>The token with that SHA-256 and its session, open or not; null when it was never issued.</summary>
    Task<RefreshTokenRecord?> FindTokenAsync(byte[] tokenHash, CancellationToken cancellationToken);

    /// <summary>Marks the token used and adds its successor, if it is unused and its session is open.</summary>
    /// <returns>False when that was no longer so, and nothing was written.</returns>
    Task<bool> RotateAsync(TokenRotation rotation, CancellationToken cancellationToken);

    /// <summary>An open session of a gateway, as a restore has left it that lost what was committed at that time.</summary>
    /// <returns>Null when there is none, or no restore has lost that time.</returns>
    Task<RestoredSession?> FindRestoredAsync(SessionId session, DateTimeOffset lost, CancellationToken cancellationToken);

    /// <summary>Adds a token that the restore has lost as used, with its successor, to a session that was not used since.</summary>
    /// <returns>False when that is no longer so, and nothing was written.</returns>
    Task<bool> ContinueAsync(LostRotation lost, CancellationToken cancellationToken);

    /// <summary>Ends an open session of that holder.</summary>
    /// <param name="reason">One of <see cref="SessionEnds"/>.</param>
    /// <returns>False when the holder has no such open session.</returns>
    Task<bool> EndAsync(
        SessionId session, HolderKind holderKind, Guid holder, string reason, DateTimeOffset at, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Ends the open sessions of that holder, in one transaction.</summary>
    /// <param name="keep">One that goes on; null for none.</param>
    /// <returns>How many there were.</returns>
    Task<int> EndAllAsync(
        HolderKind holderKind, Guid holder, SessionId? keep, string reason, DateTimeOffset at, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>True while the session is open: not ended, not past its end, its holder neither disabled nor revoked.</summary>
    Task<bool> IsOpenAsync(SessionId session, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>Why a session has ended.</summary>
public static class SessionEnds
{
    public const string ByUser = "ended_by_user";

    /// <summary>By whoever runs the installation, with a command.</summary>
    public const string ByOperator = "ended_by_operator";

    /// <summary>The holder has one session at a time, and a newer one was begun.</summary>
    public const string Replaced = "replaced";

    /// <summary>A used refresh token came again.</summary>
    public const string Reused = "refresh_token_reused";

    /// <summary>The user has another password now, and goes on with one session.</summary>
    public const string PasswordChanged = "password_changed";

    /// <summary>The user has set a new password by a mailed link.</summary>
    public const string PasswordRecovered = "password_recovered";

    /// <summary>The user may not come in any more.</summary>
    public const string UserDisabled = "user_disabled";

    /// <summary>The access key that began it counts no more.</summary>
    public const string AccessKeyDisabled = "access_key_disabled";

    /// <summary>The organization of the holder was put into the archive.</summary>
    public const string OrganizationArchived = "organization_archived";

    /// <summary>The gateway was un-paired.</summary>
    public const string Unpaired = "unpaired";

    /// <summary>The database was brought back as it was at an earlier time, and people sign in anew.</summary>
    public const string Restored = "restored";

    /// <summary>The case that it brought recordings of was erased.</summary>
    public const string CaseErased = "case_erased";

    /// <summary>Whoever began it for a while has done what it was for.</summary>
    public const string Done = "done";
}

/// <summary>How a holder came to a session.</summary>
public static class SessionStarts
{
    public const string Password = "password";

    /// <summary>At a shared workstation. Such a session cannot change how somebody comes in, himself or others.</summary>
    public const string AccessKey = "access_key";

    /// <summary>At a shared tablet. Such a session brings recordings of one case, and may nothing else.</summary>
    public const string SignInCode = "sign_in_code";

    /// <summary>A user has set up the gateway and carries its first tokens to it.</summary>
    public const string Pairing = "pairing";

    /// <summary>The server vouches for its own demo user.</summary>
    public const string Local = "local";
}

/// <param name="By">One of <see cref="SessionStarts"/>.</param>
/// <param name="ExpiresAt">When the unused token dies, and with it the family.</param>
/// <param name="EndsAt">When the session ends however much it is used; null for never.</param>
/// <param name="AccessKey">The key that begins it; null for any other beginning.</param>
public sealed record NewSession(
    SessionId Id,
    HolderKind HolderKind,
    Guid Holder,
    byte[] TokenHash,
    DateTimeOffset At,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EndsAt,
    string By,
    SessionOrigin Origin,
    AccessKeyId? AccessKey = null);

/// <param name="UsedAt">When it was exchanged for its successor; null while it is the family's newest.</param>
/// <param name="IsLastUsed">True when its successor has not been used yet: only then may a retry be answered.</param>
/// <param name="StartedBy">One of <see cref="SessionStarts"/>.</param>
/// <param name="SuccessorHash">SHA-256 of the token that it was exchanged for; null while it is the newest.</param>
public sealed record RefreshTokenRecord(
    SessionId Session,
    HolderKind HolderKind,
    Guid Holder,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? UsedAt,
    bool IsLastUsed,
    DateTimeOffset? SessionEndsAt,
    bool SessionEnded,
    string StartedBy,
    byte[]? SuccessorHash = null);

public sealed record TokenRotation(
    SessionId Session,
    byte[] UsedHash,
    byte[] SuccessorHash,
    DateTimeOffset At,
    DateTimeOffset ExpiresAt,
    SessionOrigin Origin);

/// <param name="NewestHash">Of the newest token that was not lost.</param>
/// <param name="NewestIssuedAt">When that was issued.</param>
/// <param name="IsUnused">Nobody has come since the restore: only the first who comes with what was lost is believed.</param>
/// <param name="StartedBy">One of <see cref="SessionStarts"/>.</param>
public sealed record RestoredSession(HolderKind HolderKind, Guid Holder, string StartedBy, byte[] NewestHash, DateTimeOffset NewestIssuedAt, bool IsUnused);

/// <param name="Rotation">Of the lost token.</param>
/// <param name="NewestHash">Of the newest token that was not lost: it is used from now on, and the lost one is what came of it.</param>
/// <param name="IssuedAt">When the lost token was issued.</param>
public sealed record LostRotation(TokenRotation Rotation, HolderKind HolderKind, Guid Holder, byte[] NewestHash, DateTimeOffset IssuedAt);
