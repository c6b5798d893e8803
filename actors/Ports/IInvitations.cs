using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>Who was invited into which organization. The token of an invitation never reaches the store.</summary>
public interface IInvitations
{
    /// <summary>Adds the invitation and queues its mail. An open one of the same address in the organization is withdrawn for it.</summary>
    Task<InvitationAddition> AddAsync(NewInvitation invitation, NewMail mail, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Makes an organization with a site, and invites its first owner, in one transaction.</summary>
    Task AddOrganizationAsync(NewOrganizationByInvitation organization, NewInvitation owner, NewMail mail, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>The open ones of the organization, the newest first.</summary>
    Task<IReadOnlyList<InvitationRecord>> ListAsync(OrganizationId organization, CancellationToken cancellationToken);

    /// <returns>False when the organization has no such open invitation.</returns>
    Task<bool> WithdrawAsync(OrganizationId organization, Guid invitation, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>The open invitation with that hash.</summary>
    Task<InvitationRecord?> FindAsync(byte[] hash, CancellationToken cancellationToken);

    /// <summary>Uses the invitation: makes the user that it is for, with a verified address.</summary>
    Task<InvitationAcceptance> AcceptAsync(byte[] hash, InvitedUser user, Contracts.Sessions.SessionOrigin origin, CancellationToken cancellationToken);
}

/// <param name="InvitedBy">Null for the command line.</param>
public sealed record NewInvitation(
    Guid Id, byte[] Hash, OrganizationId Organization, string Email, string Role, UserId? InvitedBy, DateTimeOffset ExpiresAt)
{
    /// <summary>More than an organization of this kind has people; a bound on what one owner can send out.</summary>
    public const int OpenMax = 200;
}

public sealed record NewOrganizationByInvitation(OrganizationId Id, string Name, SiteId Site, string SiteName);

public sealed record InvitationRecord(
    Guid Id, OrganizationId Organization, string OrganizationName, string Email, string Role, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

public sealed record InvitedUser(UserId Id, string Name, string PasswordHash);

public enum InvitationAddition
{
    Added,

    /// <summary>The address is a member's of the same organization.</summary>
    AlreadyMember,
    TooMany,
}

public enum InvitationAcceptance
{
    Accepted,
    NotOpen,

    /// <summary>The address has an account meanwhile, here or elsewhere.</summary>
    EmailTaken,
}
