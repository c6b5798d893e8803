using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Users;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;

namespace StepCloud.Api.Users;

/// <summary>A second factor for one's own account, in the API of users and in that of administrators.</summary>
internal static class SecondFactorEndpoints
{
    private const string Issuer = "StepCloud";

    public static void MapSecondFactor(this RouteGroupBuilder group)
    {
        group.MapPost("/me/second-factor", BeginAsync).RequirePasswordSession()
            .WithSummary("Get a secret for an authenticator app")
            .WithDescription("Show `uri` as a QR code. It counts once a code of the app has confirmed it.")
            .ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        group.MapPost("/me/second-factor/confirm", ConfirmAsync).RequirePasswordSession()
            .WithSummary("Confirm the secret by a code: from now on a sign-in needs one")
            .WithDescription("The recovery codes are shown this once. Each can stand for one code of the app.")
            .ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        group.MapPost("/me/second-factor/disable", DisableAsync).RequirePasswordSession()
            .WithSummary("Do without a second factor").ProducesProblem(403).ProducesProblem(429);
    }

    private static async Task<Results<Ok<SecondFactorSecret>, ProblemHttpResult>> BeginAsync(
        BeginSecondFactorRequest request, HttpContext context, IActors actors, IUserRegistry users, CancellationToken cancellationToken)
    {
        UserId id = new(context.AccessToken().Holder);
        return await actors.User(id).BeginSecondFactorAsync(request.Password, context.Origin(), cancellationToken) switch
        {
            BeginSecondFactorOutcome.Begun begun => TypedResults.Ok(
                new SecondFactorSecret(begun.Secret, UriOf(begun.Secret, (await users.FindAsync(id, cancellationToken))?.Email ?? ""))),
            BeginSecondFactorOutcome.AlreadyOn => Problems.Of(ProblemKinds.SecondFactorOn, "Disable it first."),
            BeginSecondFactorOutcome.WrongPassword => Problems.WrongPassword(),
            BeginSecondFactorOutcome.Delayed delayed => context.Delayed(delayed.RetryAfter),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<Results<Ok<RecoveryCodesResponse>, ProblemHttpResult>> ConfirmAsync(
        ConfirmSecondFactorRequest request, HttpContext context, IActors actors, CancellationToken cancellationToken) =>
        await actors.User(new UserId(context.AccessToken().Holder)).ConfirmSecondFactorAsync(request.Code, context.Origin(), cancellationToken) switch
        {
            ConfirmSecondFactorOutcome.Confirmed confirmed => TypedResults.Ok(new RecoveryCodesResponse(confirmed.RecoveryCodes)),
            ConfirmSecondFactorOutcome.WrongCode => Problems.WrongCode(403),
            ConfirmSecondFactorOutcome.NothingToConfirm => Problems.Of(ProblemKinds.NothingToConfirm, "Ask for one first."),
            ConfirmSecondFactorOutcome.Delayed delayed => context.Delayed(delayed.RetryAfter),
            _ => throw new UnreachableException(),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> DisableAsync(
        DisableSecondFactorRequest request, HttpContext context, IActors actors, CancellationToken cancellationToken) =>
        await actors.User(new UserId(context.AccessToken().Holder))
            .DisableSecondFactorAsync(request.Password, request.Code, context.Origin(), cancellationToken) switch
        {
            DisableSecondFactorOutcome.Disabled => TypedResults.NoContent(),
            DisableSecondFactorOutcome.WrongPassword => Problems.WrongPassword(),
            DisableSecondFactorOutcome.WrongCode => Problems.WrongCode(403),
            DisableSecondFactorOutcome.Delayed delayed => context.Delayed(delayed.RetryAfter),
            _ => throw new UnreachableException(),
        };

    /// <summary>In the form that authenticator apps read from a QR code (Google Authenticator's Key URI Format).</summary>
    private static string UriOf(string secret, string email) =>
        $"otpauth://totp/{Issuer}:{Uri.EscapeDataString(email)}?secret={secret}&issuer={Issuer}&algorithm=SHA1&digits={Totp.Digits}&period={Totp.PeriodSeconds}";
}

public sealed record BeginSecondFactorRequest(string Password);

/// <param name="Secret">In base32, for those who cannot scan the URI.</param>
public sealed record SecondFactorSecret(string Secret, string Uri);

public sealed record ConfirmSecondFactorRequest(string Code);

public sealed record RecoveryCodesResponse(IReadOnlyList<string> RecoveryCodes);

/// <param name="Code">Of the app, or a recovery code.</param>
public sealed record DisableSecondFactorRequest(string Password, string Code);
