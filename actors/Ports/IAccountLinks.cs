using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>Links that were mailed to users. Each is good for one thing, once, for a while; the token itself never reaches the store.</summary>
public interface IAccountLinks
{
    /// <summary>Adds the link and queues its mail, unless the user was sent <see cref="AccountLink.HourlyMax"/> of that kind within the last hour.</summary>
    /// <returns>False when it was too many; nothing was written.</returns>
    Task<bool> AddAsync(AccountLink link, NewMail mail, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Whose link it is, while it can be used and the user is not disabled.</summary>
    Task<UserId?> FindAsync(byte[] hash, AccountLinkKind kind, CancellationToken cancellationToken);

    /// <summary>Uses a recovery link: sets the password, ends every session of the user, and takes the address for verified.</summary>
    /// <returns>False when the link cannot be used any more; nothing was written.</returns>
    Task<bool> RecoverAsync(UserId user, byte[] hash, string newPasswordHash, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Uses a verification link.</summary>
    /// <returns>False when the link cannot be used any more; nothing was written.</returns>
    Task<bool> VerifyEmailAsync(UserId user, byte[] hash, AuditDoer doer, CancellationToken cancellationToken);
}

public enum AccountLinkKind
{
    Recovery,
    Verification,
}

/// <param name="Hash">SHA-256 of the link's token.</param>
public sealed record AccountLink(byte[] Hash, AccountLinkKind Kind, UserId User, DateTimeOffset ExpiresAt)
{
    /// <summary>Nobody asks more often for himself; more would be somebody who fills another's mailbox.</summary>
    public const int HourlyMax = 3;
}
