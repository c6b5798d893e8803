using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>Access keys of members. The keys themselves never reach the store.</summary>
public interface IAccessKeys
{
    /// <summary>Adds a key of a member of the organization.</summary>
    Task<AccessKeyAddition> AddAsync(NewAccessKey key, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>The key with that hash, usable or not.</summary>
    Task<AccessKeyRecord?> FindAsync(byte[] hash, CancellationToken cancellationToken);

    /// <summary>A page of the keys by their ids, the newest first, disabled ones too.</summary>
    /// <param name="organization">Null for those of every organization.</param>
    /// <param name="user">Null for those of every member.</param>
    Task<IReadOnlyList<AccessKeyRecord>> ListAsync(
        OrganizationId? organization, UserId? user, AccessKeyId? before, int countMax, CancellationToken cancellationToken);

    /// <summary>Takes the key out of use, and ends its sessions in the same transaction.</summary>
    /// <param name="organization">Whose it must be; null for whoever's.</param>
    Task<AccessKeyDisabling> DisableAsync(OrganizationId? organization, AccessKeyId key, AuditDoer doer, CancellationToken cancellationToken);
}

/// <param name="Organization">Of the member; null where the caller may make keys for every organization.</param>
/// <param name="Hash">SHA-256 of the key in its normal form.</param>
/// <param name="ExpiresAt">Null for never.</param>
public sealed record NewAccessKey(
    AccessKeyId Id, byte[] Hash, OrganizationId? Organization, UserId User, string Label, UserId? CreatedBy, DateTimeOffset? ExpiresAt)
{
    /// <summary>Usable ones of one member: a badge, its spare, and some that nobody has disabled.</summary>
    public const int UsableMax = 20;
}

/// <param name="UserName">Of the member.</param>
/// <param name="CreatedBy">Null for the command line.</param>
/// <param name="LastUsedAt">When it last began a session.</param>
public sealed record AccessKeyRecord(
    AccessKeyId Id, OrganizationId Organization, UserId User, string UserName, string Label, UserId? CreatedBy, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? DisabledAt)
{
    public bool IsUsable(DateTimeOffset now) => DisabledAt is null && !(ExpiresAt <= now);
}

public enum AccessKeyAddition
{
    Added,
    UnknownMember,
    MemberDisabled,

    /// <summary>Whoever runs something signs in with a password.</summary>
    MemberIsOwner,
    TooMany,

    /// <summary>Who makes it is no owner any more.</summary>
    NotAllowed,
}

public enum AccessKeyDisabling
{
    Disabled,
    DisabledBefore,
    NoSuchKey,

    /// <summary>Who disables it is no owner any more.</summary>
    NotAllowed,
}
