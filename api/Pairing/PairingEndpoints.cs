using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Gateways;
using StepCloud.Api.Gateways;
using StepCloud.Api.Http;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Pairing;

/// <summary>The user's side of pairing: look at what shows a code, then confirm or deny.</summary>
internal static class PairingEndpoints
{
    public static void MapPairing(this RouteGroupBuilder group)
    {
        Describe(group.MapPost("/pairing/lookup", LookUpAsync), "See which gateway shows a code, before you confirm it")
            .WithDescription("The code may be written with or without its hyphen, in any case. Compare what you see with the gateway in front of you.");
        Describe(group.MapPost("/pairing/confirm", ConfirmAsync), "Let the gateway that shows the code in, on that site and by that name")
            .WithDescription("A gateway that your organization knows is paired again: it keeps its id and what is stored of it, and its earlier tokens end.")
            .ProducesProblem(409);
        Describe(group.MapPost("/pairing/deny", DenyAsync), "Turn the gateway that shows the code away");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) =>
        route.RequirePasswordSession().WithSummary(summary).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(429)
            .WithMetadata(AllowedRoles.PairingGateways);

    private static async Task<Results<Ok<PairingRequestResponse>, ProblemHttpResult>> LookUpAsync(
        UserCodeRequest request, HttpContext context, GatewaySetup setup, CancellationToken cancellationToken)
    {
        if (CheckCode(request.UserCode) is { } problem) return problem;
        PairingAnswer answer = await setup.FindAsync(User(context), request.UserCode, context.Origin(), cancellationToken);
        return answer is PairingAnswer.Found found ? TypedResults.Ok(PairingRequestResponse.Of(found.Request)) : ProblemOf(answer, context);
    }

    private static async Task<Results<Ok<GatewaySummary>, ProblemHttpResult>> ConfirmAsync(
        ConfirmPairingRequest request, HttpContext context, GatewaySetup setup, CancellationToken cancellationToken)
    {
        if ((CheckCode(request.UserCode) ?? GatewayNames.Check(request.Name)) is { } problem) return problem;
        PairingAnswer answer = await setup.ConfirmAsync(
            User(context), request.UserCode, request.Site, request.Name.Trim(), context.Origin(), cancellationToken);
        return answer is PairingAnswer.Confirmed { Gateway: var gateway }
            ? TypedResults.Ok(new GatewaySummary(gateway.Id, gateway.Name, gateway.Site))
            : ProblemOf(answer, context);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DenyAsync(
        UserCodeRequest request, HttpContext context, GatewaySetup setup, CancellationToken cancellationToken)
    {
        if (CheckCode(request.UserCode) is { } problem) return problem;
        PairingAnswer answer = await setup.DenyAsync(User(context), request.UserCode, context.Origin(), cancellationToken);
        return answer is PairingAnswer.Denied ? TypedResults.NoContent() : ProblemOf(answer, context);
    }

    private static UserId User(HttpContext context) => new(context.AccessToken().Holder);

    private static ProblemHttpResult? CheckCode(string code) => code.Length is > 0 and <= UserCode.EnteredCharsMax
        ? null
        : Problems.InvalidRequest("/user_code", $"The code must have 1 to {UserCode.EnteredCharsMax} characters.");

    private static ProblemHttpResult ProblemOf(PairingAnswer answer, HttpContext context)
    {
        switch (answer)
        {
            case PairingAnswer.UnknownCode: return Problems.UnknownPairingCode();
            case PairingAnswer.TooManyTries tooMany:
                context.Response.Headers.RetryAfter = Math.Ceiling(tooMany.RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return Problems.TooManyCodes(tooMany.RetryAfter);
            case PairingAnswer.UnknownSite: return Problems.NotFound("site");
            case PairingAnswer.IdTaken: return Problems.IdTaken();
            case PairingAnswer.NotAllowed: return Problems.NotAllowed(AllowedRoles.PairingGateways.Sentence);
            default: throw new UnreachableException();
        }
    }
}

/// <param name="UserCode">As the gateway shows it.</param>
public sealed record UserCodeRequest(string UserCode);

/// <param name="UserCode">As the gateway shows it.</param>
public sealed record ConfirmPairingRequest(string UserCode, SiteId Site, string Name);

/// <summary>What the gateway told of itself, and where it asked from.</summary>
/// <param name="HardwareVersion">Null when it told none.</param>
/// <param name="Known">Your gateway of that id, if it is to be paired again.</param>
public sealed record PairingRequestResponse(
    GatewayId Gateway, string Serial, string Model, string SoftwareVersion, string? HardwareVersion, string RemoteAddress, DateTimeOffset RequestedAt,
    DateTimeOffset ExpiresAt, GatewaySummary? Known)
{
    public static PairingRequestResponse Of(PairingRequest request) => new(
        request.Introduction.Gateway, request.Introduction.Serial, request.Introduction.Model, request.Introduction.SoftwareVersion, request.Introduction.HardwareVersion,
        request.RemoteAddress, request.RequestedAt, request.ExpiresAt,
        request.Known is { } known ? new GatewaySummary(known.Id, known.Name, known.Site) : null);
}
