using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>Changes of users by others: by the owners of their organization, by administrators, by the command line.</summary>
public interface IMembers
{
    /// <summary>Makes a member without a mailbox, who comes in with access keys alone.</summary>
    Task<MemberChange> AddAsync(NewMember member, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Gives the member another name or role. Who becomes an owner has no access keys from then on: they are disabled.</summary>
    Task<MemberChange> ChangeAsync(
        OrganizationId organization, UserId user, string? name, string? role, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Keeps the user out: his sessions end in the same transaction. Again does nothing.</summary>
    /// <param name="organization">Whose member it must be, and its last owner is then refused; null for whoever runs the installation.</param>
    Task<MemberChange> DisableAsync(OrganizationId? organization, UserId user, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Lets the user in again. Again does nothing.</summary>
    /// <param name="organization">Whose member it must be; null for whoever.</param>
    Task<MemberChange> EnableAsync(OrganizationId? organization, UserId user, AuditDoer doer, CancellationToken cancellationToken);
}

public sealed record NewMember(UserId Id, OrganizationId Organization, string Name, string Role)
{
    /// <summary>Far more people than a shop has; a bound on what one owner can write.</summary>
    public const int MembersMax = 5000;
}

public enum MemberChange
{
    Done,
    UnknownMember,

    /// <summary>Who changes it is no owner any more.</summary>
    NotAllowed,

    /// <summary>Nobody else could run the organization.</summary>
    LastOwner,

    /// <summary>Nobody else could run the installation.</summary>
    LastAdministrator,

    /// <summary>Whoever runs something signs in with a password, and this member has none.</summary>
    NoPassword,
    TooMany,
}
