using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Mail;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Users;

/// <summary>How a user shows that his address is his.</summary>
internal static class EmailVerificationEndpoints
{
    /// <summary>Asking for the link; belongs to one's own account, of either API.</summary>
    public static void MapEmailVerificationRequest(this RouteGroupBuilder group) => group.MapPost("/me/email-verification", RequestAsync).RequirePasswordSession()
        .WithSummary("Get a link to confirm the e-mail address")
        .WithDescription("At most three mails an hour; beyond that none is sent, and the answer is the same.");

    public static void MapEmailVerification(this RouteGroupBuilder group) => group.MapPost("/email-verification", ConfirmAsync).AllowAnonymous()
        .WithSummary("Confirm the e-mail address with the token of the link").ProducesProblem(400);

    private static async Task<Accepted> RequestAsync(
        HttpContext context, IUserRegistry users, IAccountLinks links, IRefreshTokens tokens, LinkMails mails, MailBell bell, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        UserId id = new(context.AccessToken().Holder);
        if (await users.FindAsync(id, cancellationToken) is { Email: { } email } user)
        {
            string token = tokens.Create();
            DateTimeOffset expiresAt = clock.GetUtcNow() + LinkMails.VerificationLifetime;
            AccountLink link = new(tokens.Hash(token), AccountLinkKind.Verification, id, expiresAt);
            AuditDoer doer = AuditDoer.User(id, user.Organization, context.Origin());
            if (await links.AddAsync(link, mails.Verification(email, token, expiresAt), doer, cancellationToken)) bell.Ring();
        }

        return TypedResults.Accepted((string?)null);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ConfirmAsync(
        LinkConfirmation request, HttpContext context, IAccountLinks links, IRefreshTokens tokens, CancellationToken cancellationToken)
    {
        byte[] hash = tokens.Hash(request.Token);
        return await links.FindAsync(hash, AccountLinkKind.Verification, cancellationToken) is { } user
            && await links.VerifyEmailAsync(user, hash, AuditDoer.Nobody(context.Origin()), cancellationToken)
                ? TypedResults.NoContent()
                : Problems.InvalidLink();
    }
}

public sealed record LinkConfirmation(string Token);
