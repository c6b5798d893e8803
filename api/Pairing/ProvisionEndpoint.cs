using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Gateways;
using StepCloud.Api.Gateways;
using StepCloud.Api.Http;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Gateways;

namespace StepCloud.Api.Pairing;

/// <summary>Exchanges a provisioning secret, which a user has carried to the gateway, for its first tokens.</summary>
internal static class ProvisionEndpoint
{
    public static void MapProvision(this RouteGroupBuilder group) =>
        group.MapPost("/provision", ProvisionAsync).AllowAnonymous()
            .WithSummary("Exchange a provisioning secret for the first tokens")
            .WithDescription("The secret is good for one exchange and ends all earlier tokens of the gateway. When the answer is lost, it takes a new secret.")
            .ProducesProblem(401);

    private static async Task<Results<Ok<CreateGatewayResponse>, ProblemHttpResult>> ProvisionAsync(
        ProvisionRequest request, HttpContext context, GatewayPairing pairing, AccessTokenIssuer issuer, CancellationToken cancellationToken) =>
        await pairing.ProvisionAsync(request.Secret, context.Origin(), cancellationToken) is PollPairingOutcome.Paired paired
            ? TypedResults.Ok(DeviceAuthorizationEndpoints.Tokens(paired, issuer))
            : Problems.InvalidProvisioningSecret();
}

public sealed record ProvisionRequest(string Secret);
