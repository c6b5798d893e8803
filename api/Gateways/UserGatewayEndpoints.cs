using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Tokens;
using StepCloud.Contracts;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;

namespace StepCloud.Api.Gateways;

/// <summary>What users do with gateways.</summary>
internal static class UserGatewayEndpoints
{
    public static void MapUserGateways(this RouteGroupBuilder group) =>
        group.MapPost("/gateways", CreateAsync).RequirePasswordSession()
            .WithSummary("Create a gateway on a site and get its first tokens")
            .WithDescription("The tokens are shown this once. Bring the refresh token to the gateway; it is the only way to more.")
            .ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(AllowedRoles.SettingUpGateways);

    private static async Task<Results<Created<CreateGatewayResponse>, ProblemHttpResult>> CreateAsync(
        CreateGatewayRequest request, HttpContext context, IActors actors, AccessTokenIssuer issuer, CancellationToken cancellationToken)
    {
        if (GatewayNames.Check(request.Name) is { } problem) return problem;
        if (request.Serial?.Length > PairingLimits.TextCharsMax)
            return Problems.InvalidRequest("/serial", $"The serial can have {PairingLimits.TextCharsMax} characters.");
        if (request.Serial?.Contains('\0') == true)
            return Problems.InvalidRequest("/serial", "The serial may not hold the character U+0000.");
        if (request.Id?.Value == Guid.Empty) return Problems.InvalidRequest("/id", "The nil UUID names nothing.");

        IUser user = actors.User(new UserId(context.AccessToken().Holder));
        CreateGateway command = new(request.Id, request.Site, request.Name.Trim(), request.Serial);
        CreateGatewayOutcome outcome = await user.CreateGatewayAsync(command, context.Origin(), cancellationToken);
        return outcome switch
        {
            CreateGatewayOutcome.Created created => TypedResults.Created(
                $"/api/v1/gateways/{created.Gateway}",
                CreateGatewayResponse.Of(
                    new GatewaySummary(created.Gateway, command.Name, command.Site), TokenResponse.Of(created.Grant, issuer))),
            CreateGatewayOutcome.UnknownSite => Problems.NotFound("site"),
            CreateGatewayOutcome.IdTaken => Problems.IdTaken(),
            CreateGatewayOutcome.NotAllowed => Problems.NotAllowed(AllowedRoles.SettingUpGateways.Sentence),
            _ => throw new UnreachableException(),
        };
    }
}

/// <param name="Id">Made by the client when it wants to know it beforehand; otherwise the server makes it.</param>
public sealed record CreateGatewayRequest(SiteId Site, string Name, string? Serial = null, GatewayId? Id = null);

public sealed record GatewaySummary(GatewayId Id, string Name, SiteId Site);

/// <summary>The gateway, and its first tokens beside it.</summary>
public sealed record CreateGatewayResponse(
    GatewaySummary Gateway, string AccessToken, string TokenType, int ExpiresIn, string RefreshToken, DateTimeOffset RefreshExpiresAt)
{
    public static CreateGatewayResponse Of(GatewaySummary gateway, TokenResponse tokens) => new(
        gateway, tokens.AccessToken, tokens.TokenType, tokens.ExpiresIn, tokens.RefreshToken, tokens.RefreshExpiresAt);
}
