using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Members;
using StepCloud.Api.Passwords;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Users;

/// <summary>How colleagues come into an organization.</summary>
internal static class InvitationEndpoints
{
    public static void MapInvitations(this RouteGroupBuilder group)
    {
        group.MapPost("/invitations", InviteAsync).RequirePasswordSession()
            .WithSummary("Invite a colleague by e-mail")
            .WithDescription("Owners only. The link is good for seven days and one use. An open invitation of the same address is withdrawn for it.")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).WithMetadata(AllowedRoles.Inviting);
        group.MapGet("/invitations", ListAsync).WithSummary("The open invitations, the newest first").WithDescription("The look is an entry of the audit.")
            .ProducesProblem(403).WithMetadata(AllowedRoles.Inviting);
        group.MapPost("/invitations/{id}/withdraw", WithdrawAsync).RequirePasswordSession()
            .WithSummary("Withdraw an invitation: its link stops working at once")
            .ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.Inviting);
        group.MapPost("/invitations/accept", AcceptAsync).AllowAnonymous()
            .WithSummary("Accept an invitation with the token of its link").WithDescription("Sign in afterwards.")
            .ProducesProblem(400).ProducesProblem(409);
    }

    private static async Task<Results<Created<InvitationResponse>, ProblemHttpResult>> InviteAsync(
        InviteRequest request, HttpContext context, Inviter inviter, CancellationToken cancellationToken)
    {
        if (EmailAddresses.Parse(request.Email) is not { } email) return Problems.InvalidRequest("/email", "This is no e-mail address.");
        if (MemberRules.CheckRole(request.Role) is { } problem) return problem;

        (InvitationAddition addition, InvitationResponse invitation) = await inviter.InviteAsync(
            context.Organization(), email, request.Role, Owner(context), context.UserDoer(), cancellationToken);
        return addition switch
        {
            InvitationAddition.Added => TypedResults.Created($"/api/v1/invitations/{invitation.Id}", invitation),
            InvitationAddition.AlreadyMember => Problems.Of(ProblemKinds.AlreadyMember),
            InvitationAddition.TooMany => Problems.Of(
                ProblemKinds.TooManyInvitations, $"There can be {NewInvitation.OpenMax}. Withdraw some."),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<Ok<InvitationsResponse>> ListAsync(
        HttpContext context, IInvitations invitations, PersonalReads reads, CancellationToken cancellationToken)
    {
        IReadOnlyList<InvitationRecord> open = await invitations.ListAsync(context.Organization(), cancellationToken);
        await reads.ListedAsync(context, AuditSubject.Invitation, context.Organization(), new { open = true }, open.Count, cancellationToken);
        return TypedResults.Ok(new InvitationsResponse([.. open.Select(InvitationResponse.Of)]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> WithdrawAsync(
        Guid id, HttpContext context, IInvitations invitations, CancellationToken cancellationToken) =>
        await invitations.WithdrawAsync(context.Organization(), id, context.UserDoer(), cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound("invitation");

    private static async Task<Results<Ok<AcceptedInvitation>, ProblemHttpResult>> AcceptAsync(
        AcceptInvitationRequest request, HttpContext context, IInvitations invitations, IRefreshTokens tokens, IPasswordHasher passwords,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        if (UserNames.Fault(request.Name) is { } nameFault) return Problems.InvalidRequest("/name", nameFault);
        byte[] hash = tokens.Hash(request.Token);
        if (await invitations.FindAsync(hash, cancellationToken) is not { } invitation) return Problems.InvalidLink();
        if (PasswordPolicy.Check(request.Password, invitation.Email) is { } fault) return Problems.PasswordRefused("/password", fault);

        InvitedUser user = new(UserId.New(clock), request.Name.Trim(), await passwords.HashAsync(request.Password, cancellationToken));
        return await invitations.AcceptAsync(hash, user, context.Origin(), cancellationToken) switch
        {
            InvitationAcceptance.Accepted => TypedResults.Ok(
                new AcceptedInvitation(user.Id, invitation.Email, invitation.Role, invitation.OrganizationName)),
            InvitationAcceptance.NotOpen => Problems.InvalidLink(),
            // Told only to whoever reads the mailbox.
            InvitationAcceptance.EmailTaken => Problems.Of(ProblemKinds.EmailTaken),
            _ => throw new UnreachableException(),
        };
    }

    private static UserId Owner(HttpContext context) => new(context.AccessToken().Holder);
}

public sealed record InviteRequest(string Email, string Role);

public sealed record InvitationsResponse(IReadOnlyList<InvitationResponse> Items);

public sealed record InvitationResponse(Guid Id, string Email, string Role, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    public static InvitationResponse Of(InvitationRecord record) => new(record.Id, record.Email, record.Role, record.CreatedAt, record.ExpiresAt);
}

public sealed record AcceptInvitationRequest(string Token, string Name, string Password);

public sealed record AcceptedInvitation(UserId User, string Email, string Role, string Organization);
