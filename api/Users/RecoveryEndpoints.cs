using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Passwords;
using StepCloud.Contracts;

namespace StepCloud.Api.Users;

/// <summary>For those who have forgotten their password.</summary>
internal static class RecoveryEndpoints
{
    public static void MapRecovery(this RouteGroupBuilder group)
    {
        group.MapPost("/recovery", Request).AllowAnonymous()
            .WithSummary("Ask for a link to set a new password")
            .WithDescription("Always 202: whether the address has an account is told to its mailbox alone. At most three mails an hour go to one account.")
            .ProducesProblem(503);
        group.MapPost("/recovery/confirm", ConfirmAsync).AllowAnonymous()
            .WithSummary("Set a new password with the token of the link")
            .WithDescription("The token is good for one hour and one use. Every session of the user ends.").ProducesProblem(400);
    }

    private static Results<Accepted, ProblemHttpResult> Request(RecoveryRequest request, HttpContext context, RecoveryRequests requests) =>
        requests.TryAdd(request.Email, context.Origin()) ? TypedResults.Accepted((string?)null) : Problems.Busy(context);

    private static async Task<Results<NoContent, ProblemHttpResult>> ConfirmAsync(
        RecoveryConfirmation request, HttpContext context, IAccountLinks links, IRefreshTokens tokens, IUserRegistry users, IActors actors,
        CancellationToken cancellationToken)
    {
        byte[] hash = tokens.Hash(request.Token);
        if (await links.FindAsync(hash, AccountLinkKind.Recovery, cancellationToken) is not { } id
            || (await users.FindAsync(id, cancellationToken))?.Email is not { } email) return Problems.InvalidLink();
        if (PasswordPolicy.Check(request.NewPassword, email) is { } fault) return Problems.PasswordRefused("/new_password", fault);
        return await actors.User(id).RecoverAsync(hash, request.NewPassword, context.Origin(), cancellationToken)
            ? TypedResults.NoContent()
            : Problems.InvalidLink();
    }
}

public sealed record RecoveryRequest(string Email);

public sealed record RecoveryConfirmation(string Token, string NewPassword);
