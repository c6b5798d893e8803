using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Gateways;

/// <summary>Whether gateways are there. Asked of their actors, so a reader has no answer.</summary>
internal static class GatewayStatusEndpoints
{
    public static void MapGatewayStatus(this RouteGroupBuilder group) =>
        group.MapGet("/gateways/{id}/status", FindAsync).WithSummary("Whether a gateway is online").ProducesProblem(404);

    private static async Task<Results<Ok<GatewayStatusResponse>, ProblemHttpResult>> FindAsync(
        GatewayId id, HttpContext context, RegistryStore registry, IActors actors, CancellationToken cancellationToken) =>
        await registry.FindAsync(Entities.Gateway, id.Value, context.Organization(), cancellationToken) is not null
            ? TypedResults.Ok(GatewayStatusResponse.Of(await actors.Gateway(id).GetStatusAsync(cancellationToken)))
            : Problems.NotFound("gateway");
}

/// <param name="Online">True while an MQTT connection is open. A gateway that only speaks HTTP is never online.</param>
/// <param name="Since">When it last came or went.</param>
/// <param name="Protocol">Of the last connection: `MQTT 5.0`, `MQTT 3.1.1`.</param>
public sealed record GatewayStatusResponse(GatewayId Gateway, bool Online, DateTimeOffset? Since, string? Protocol, DateTimeOffset? LastStepAt)
{
    public static GatewayStatusResponse Of(GatewayStatus status) => new(status.Gateway, status.Online, status.Since, status.Protocol, status.LastStepAt);
}
