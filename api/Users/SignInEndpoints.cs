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
            .WithSummary("Sign in with e-mail and password").ProducesProblem(401).ProducesProblem(429);
        group.MapRefresh(HolderKind.User);
        group.MapPost("/sign-out", SignOutAsync).WithSummary("End this session: its tokens stop working at once");
    }

    private static async Task<Results<Ok<TokenResponse>, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext context, IUserRegistry users, PasswordHasher passwords, IActors actors, AccessTokenIssuer issuer,
        CancellationToken cancellationToken)
    {
        if (await users.FindByEmailAsync(request.Email, cancellationToken) is not { } user)
        {
            // The same work as for a known address, so that the time does not tell which are known.
            await passwords.VerifyDecoyAsync(request.Password, cancellationToken);
            return Problems.WrongCredentials();
        }

        SignInOutcome outcome = await actors.User(user).SignInAsync(request.Password, context.Origin(), cancellationToken);
        return outcome switch
        {
            SignInOutcome.SignedIn signedIn => TypedResults.Ok(TokenResponse.Of(signedIn.Grant, issuer)),
            SignInOutcome.WrongCredentials => Problems.WrongCredentials(),
            SignInOutcome.Delayed delayed => Delayed(context, delayed.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<NoContent> SignOutAsync(HttpContext context, IActors actors, CancellationToken cancellationToken)
    {
        AccessToken token = context.AccessToken();
        await actors.User(new UserId(token.Holder)).EndSessionAsync(token.Session, context.Origin(), cancellationToken);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult Delayed(HttpContext context, TimeSpan retryAfter)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString();
        return Problems.TooManyAttempts(retryAfter);
    }
}

public sealed record SignInRequest(string Email, string Password);
