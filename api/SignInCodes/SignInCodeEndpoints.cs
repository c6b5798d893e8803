using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Users;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.SignInCodes;

namespace StepCloud.Api.SignInCodes;

/// <summary>Sign-in codes: made by whoever may bring recordings of a case, entered at a shared tablet, which may then bring some of that case and nothing else.</summary>
internal static class SignInCodeEndpoints
{
    public static void MapSignInCodes(this RouteGroupBuilder group)
    {
        group.MapPost("/cases/{id}/sign-in-codes", CreateAsync).WithSummary("Make a code with which a shared tablet brings recordings of a case")
            .WithDescription(
                "Shown this once. It is good for five minutes, one use and five tries, takes the place of the one that you have for the same case, and ends with your session.")
            .ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503).WithMetadata(AllowedRoles.ManagingRecordings, NeverRemembered.Instance);
        group.MapPost("/sign-in-codes/redeem", RedeemAsync).AllowAnonymous().WithSummary("Begin the session of a shared tablet with a code")
            .WithDescription(
                "Case, spaces and hyphens do not matter. The session lasts 15 minutes, is renewed by nothing, and may bring recordings of the code's case (`POST /recordings` "
                + "and tus), go on with what it began, and sign out. Everything else answers 403 `upload_session_only`.")
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(429);
        group.MapGet("/me/sign-in-codes", ListAsync).WithSummary("Your codes that are good still, the newest first");
        group.MapDelete("/me/sign-in-codes/{id}", WithdrawAsync).WithSummary("Take one of your codes out of use")
            .WithDescription("One that was used is none any more: end the tablet's session, which is among your own.").ProducesProblem(404);
    }

    private static async Task<Results<Created<CreatedSignInCodeResponse>, ProblemHttpResult>> CreateAsync(
        CaseId id, HttpContext context, SignInCodeMaker maker, CancellationToken cancellationToken)
    {
        AccessToken token = context.AccessToken();
        (SignInCodeAddition addition, SignInCodeId code, string shown) = await maker.MakeAsync(
            context.Organization(), new UserId(token.Holder), token.Session, id, context.UserDoer(), cancellationToken);
        return addition is SignInCodeAddition.Added { ExpiresAt: var expiresAt }
            ? TypedResults.Created($"/api/v1/me/sign-in-codes/{code}", new CreatedSignInCodeResponse(code, id, shown, expiresAt))
            : SignInCodeRules.ProblemOf(addition, context);
    }

    private static async Task<Results<Ok<UploadTokenResponse>, ProblemHttpResult>> RedeemAsync(
        RedeemSignInCodeRequest request, HttpContext context, SignInCodeMaker maker, SignInCodeRedemption redemption, AccessTokenIssuer issuer, CancellationToken cancellationToken)
    {
        if (SignInCodeText.Read(request.Code) is not { } code)
            return Problems.InvalidRequest("/code", $"A code has {SignInCodeText.Length} letters and digits, such as 7KQM-W2XD.");
        if (SignInCodeRules.DeviceIdFault(request.DeviceId) is { } idFault) return Problems.InvalidRequest("/device_id", idFault);
        if (SignInCodeRules.DeviceNameFault(request.DeviceName) is { } nameFault) return Problems.InvalidRequest("/device_name", nameFault);
        EnteredSignInCode entered = new(
            SignInCodeText.SelectorOf(code), maker.HashOf(code), RemoteNetwork.Of(context.Connection.RemoteIpAddress), context.Origin(), request.DeviceId, request.DeviceName?.Trim());
        return await redemption.RedeemAsync(entered, AllowedRoles.ManagingRecordings.Any, cancellationToken) switch
        {
            RedeemSignInCodeOutcome.Begun { Grant: var grant } => TypedResults.Ok(UploadTokenResponse.Of(grant, issuer.Issue(grant))),
            RedeemSignInCodeOutcome.Refused => SignInCodeRules.Invalid(),
            RedeemSignInCodeOutcome.Delayed { RetryAfter: var wait } => context.Delayed(wait),
            _ => throw new UnreachableException(),
        };
    }

    private static async Task<Ok<Page<SignInCodeResponse>>> ListAsync(HttpContext context, SignInCodeStore codes, CancellationToken cancellationToken)
    {
        List<SignInCodeRow> rows = await codes.ListAsync(new UserId(context.AccessToken().Holder), cancellationToken);
        return TypedResults.Ok(new Page<SignInCodeResponse>([.. rows.Select(SignInCodeResponse.Of)], null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> WithdrawAsync(SignInCodeId id, HttpContext context, SignInCodeStore codes, CancellationToken cancellationToken) =>
        await codes.WithdrawAsync(context.Organization(), new UserId(context.AccessToken().Holder), id, context.UserDoer(), cancellationToken)
            ? TypedResults.NoContent()
            : Problems.NotFound("living code");
}
