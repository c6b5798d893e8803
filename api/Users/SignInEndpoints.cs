using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Passwords;
using StepCloud.Api.Tokens;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Users;

namespace StepCloud.Api.Users;

internal static class SignInEndpoints
{
    public static void MapSignIn(this RouteGroupBuilder group)
    {
        group.MapPost("/sign-in", SignInAsync).AllowAnonymous()
            .WithSummary("Sign in with e-mail and password")
            .WithDescription("`code_required` says that the password is right and a code must come with it.").ProducesProblem(401).ProducesProblem(429);
        group.MapRefresh(HolderKind.User);
    }

    /// <summary>Belongs to one's own account, of either API.</summary>
    public static RouteHandlerBuilder MapSignOut(this RouteGroupBuilder group) =>
        group.MapPost("/sign-out", SignOutAsync).WithSummary("End this session: its tokens stop working at once");

    private static async Task<Results<Ok<TokenResponse>, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext context, IUserRegistry users, UnknownAccounts unknown, IActors actors, AccessTokenIssuer issuer,
        CancellationToken cancellationToken)
    {
        // Nobody can have it, and so it is not worth an activation.
        if (PasswordHasher.IsTooLong(request.Password)) return Problems.WrongCredentials();
        UserId user = await users.FindByEmailAsync(request.Email, cancellationToken) ?? unknown.StandIn(request.Email);
        SignInOutcome outcome = await actors.User(user).SignInAsync(request.Password, Secret.OfNullable(request.Code), context.Origin(), cancellationToken);
        return outcome switch
        {
            SignInOutcome.SignedIn signedIn => TypedResults.Ok(TokenResponse.Of(signedIn.Grant, issuer)),
            SignInOutcome.WrongCredentials => Problems.WrongCredentials(),
            SignInOutcome.CodeRequired => Problems.CodeRequired(),
            SignInOutcome.WrongCode => Problems.WrongCode(401),
            SignInOutcome.Delayed delayed => context.Delayed(delayed.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<NoContent> SignOutAsync(HttpContext context, IActors actors, CancellationToken cancellationToken)
    {
        AccessToken token = context.AccessToken();
        await actors.User(new UserId(token.Holder)).EndSessionAsync(token.Session, context.Origin(), cancellationToken);
        return TypedResults.NoContent();
    }
}

/// <param name="Code">Of the second factor, where there is one: of the authenticator app, or a recovery code.</param>
public sealed record SignInRequest(string Email, string Password, string? Code = null);
