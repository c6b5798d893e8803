using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Gateways;

/// <summary>Whether gateways are there, as their actors have written it down.</summary>
internal static class GatewayStatusEndpoints
{
    public static void MapGatewayStatus(this RouteGroupBuilder group) =>
        group.MapGet("/gateways/{id}/status", FindAsync).WithSummary("Whether a gateway is online").ProducesProblem(404);

    private static async Task<Results<Ok<GatewayStatusResponse>, ProblemHttpResult>> FindAsync(
        GatewayId id, HttpContext context, RegistryStore registry, IPresenceStore presence, CancellationToken cancellationToken) =>
        await registry.FindAsync(Entities.Gateway, id.Value, context.Organization(), cancellationToken) is not null
            ? TypedResults.Ok(GatewayStatusResponse.Of(id, await presence.FindAsync(id, cancellationToken) ?? GatewayPresenceRecord.Never))
            : Problems.NotFound("gateway");
}

/// <param name="Online">True while an MQTT connection is open. A gateway that only speaks HTTP is never online.</param>
/// <param name="Since">When it last came or went.</param>
/// <param name="Protocol">Of the last connection: `MQTT 5.0`, `MQTT 3.1.1`.</param>
/// <param name="LastStepAt">At most a minute behind.</param>
/// <param name="ClockOffsetS">Seconds by which the gateway's clock is behind the server's, estimated; negative when it is ahead. Null until it has sent telemetry.</param>
/// <param name="ClockMeasuredAt">When that was estimated.</param>
public sealed record GatewayStatusResponse(
    GatewayId Gateway, bool Online, DateTimeOffset? Since, string? Protocol, DateTimeOffset? LastStepAt, double? ClockOffsetS, DateTimeOffset? ClockMeasuredAt)
{
    public static GatewayStatusResponse Of(GatewayId gateway, GatewayPresenceRecord presence) => new(
        gateway, presence.IsOnline, presence.Since, presence.Protocol, presence.LastStepAt, presence.Clock?.Offset.TotalSeconds, presence.Clock?.MeasuredAt);
}
