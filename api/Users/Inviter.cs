using StepCloud.Actors.Ports;
using StepCloud.Api.Mail;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Users;

/// <summary>Makes invitations and the mails that carry them.</summary>
internal sealed class Inviter(
    IInvitations invitations, OrganizationQueries organizations, IRefreshTokens tokens, LinkMails mails, MailBell bell, TimeProvider clock)
{
    /// <param name="by">Null for the command line.</param>
    public async Task<(InvitationAddition Addition, InvitationResponse Invitation)> InviteAsync(
        OrganizationId organization, string email, string role, UserId? by, AuditDoer doer, CancellationToken cancellationToken)
    {
        string name = await organizations.FindNameAsync(organization, cancellationToken)
            ?? throw new InvalidOperationException($"There is no organization {organization}.");
        (NewInvitation invitation, NewMail mail) = Make(organization, name, email, role, by);
        InvitationAddition addition = await invitations.AddAsync(invitation, mail, doer, cancellationToken);
        if (addition == InvitationAddition.Added) bell.Ring();
        return (addition, ResponseOf(invitation));
    }

    /// <summary>Makes an organization and invites its first owner.</summary>
    public async Task<InvitationResponse> InviteFirstOwnerAsync(
        NewOrganizationByInvitation organization, string email, UserId by, AuditDoer doer, CancellationToken cancellationToken)
    {
        (NewInvitation invitation, NewMail mail) = Make(organization.Id, organization.Name, email, Roles.Owner, by);
        await invitations.AddOrganizationAsync(organization, invitation, mail, doer, cancellationToken);
        bell.Ring();
        return ResponseOf(invitation);
    }

    private (NewInvitation Invitation, NewMail Mail) Make(OrganizationId organization, string name, string email, string role, UserId? by)
    {
        DateTimeOffset now = clock.GetUtcNow();
        string token = tokens.Create();
        DateTimeOffset expiresAt = now + LinkMails.InvitationLifetime;
        NewInvitation invitation = new(Guid.CreateVersion7(now), tokens.Hash(token), organization, email, role, by, expiresAt);
        return (invitation, mails.Invitation(email, name, role, token, expiresAt));
    }

    private InvitationResponse ResponseOf(NewInvitation invitation) =>
        new(invitation.Id, invitation.Email, invitation.Role, clock.GetUtcNow(), invitation.ExpiresAt);
}
