using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Gateways;
using StepCloud.Api.Http;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Gateways;

/// <summary>Moving gateways, parting with them, and bringing them back.</summary>
internal static class GatewayChangeEndpoints
{
    public static void MapGatewayChanges(this RouteGroupBuilder group)
    {
        Describe(group.MapPost("/gateways/{id}/transfer", TransferAsync), "Move a gateway to another site of your organization")
            .WithDescription(
                "Its devices and their steps stay with the old site: it announces what it finds at the new one under new ids. Let it deliver first what it has: "
                + "a step of a device of the old site is refused from then on, and kept among the refused messages.");
        Describe(group.MapPost("/gateways/{id}/unpair", UnpairAsync), "Un-pair a gateway: its sessions end at once")
            .WithDescription("What it has sent stays. Paired again, it is the same gateway.");
        Describe(group.MapPost("/gateways/{id}/provisioning-secret", MakeSecretAsync), "Make the secret by which the gateway gets its first tokens").ProducesProblem(409)
            .WithDescription("Shown this once, good for one use within 7 days; an earlier one counts no more. Also for a gateway that has lost its tokens or was un-paired.");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) =>
        route.RequirePasswordSession().WithSummary(summary).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.SettingUpGateways);

    private static async Task<Results<Ok<GatewaySummary>, ProblemHttpResult>> TransferAsync(
        GatewayId id, TransferGatewayRequest request, HttpContext context, GatewaySetup setup, CancellationToken cancellationToken)
    {
        ChangeGatewayOutcome outcome = await setup.TransferAsync(User(context), id, request.Site, context.Origin(), cancellationToken);
        return outcome is ChangeGatewayOutcome.Changed { Gateway: var gateway }
            ? TypedResults.Ok(new GatewaySummary(gateway.Id, gateway.Name, gateway.Site))
            : ProblemOf(outcome);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> UnpairAsync(
        GatewayId id, HttpContext context, GatewaySetup setup, CancellationToken cancellationToken)
    {
        ChangeGatewayOutcome outcome = await setup.UnpairAsync(User(context), id, context.Origin(), cancellationToken);
        return outcome is ChangeGatewayOutcome.Changed ? TypedResults.NoContent() : ProblemOf(outcome);
    }

    private static async Task<Results<Ok<ProvisioningSecretResponse>, ProblemHttpResult>> MakeSecretAsync(
        GatewayId id, HttpContext context, GatewaySetup setup, RegistryStore registry, CancellationToken cancellationToken)
    {
        if (await registry.FindAsync(Entities.Gateway, id.Value, context.Organization(), cancellationToken) is { } row
            && row.Values[Entities.Gateway.IndexOf("archived_at")] is not null)
        {
            return Problems.Archived();
        }

        ChangeGatewayOutcome outcome = await setup.MakeSecretAsync(User(context), id, context.Origin(), cancellationToken);
        return outcome is ChangeGatewayOutcome.SecretMade made
            ? TypedResults.Ok(new ProvisioningSecretResponse(made.Secret, made.ExpiresAt))
            : ProblemOf(outcome);
    }

    private static UserId User(HttpContext context) => new(context.AccessToken().Holder);

    private static ProblemHttpResult ProblemOf(ChangeGatewayOutcome outcome) => outcome switch
    {
        ChangeGatewayOutcome.UnknownGateway => Problems.NotFound("gateway"),
        ChangeGatewayOutcome.UnknownSite => Problems.NotFound("site"),
        ChangeGatewayOutcome.NotAllowed => Problems.NotAllowed(AllowedRoles.SettingUpGateways.Sentence),
        _ => throw new UnreachableException(),
    };
}

public sealed record TransferGatewayRequest(SiteId Site);

public sealed record ProvisioningSecretResponse(string Secret, DateTimeOffset ExpiresAt);
