using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Gateways;

/// <summary>Gateways as users see them, with their presence.</summary>
internal static class GatewayReadEndpoints
{
    public static void MapGatewayReads(this RouteGroupBuilder group)
    {
        group.MapGet("/gateways", ListAsync).WithSummary("The gateways of your organization").ProducesProblem(400);
        group.MapGet("/gateways/{id}", FindAsync).WithSummary("A gateway, and whether it is online").ProducesProblem(404);
    }

    private static async Task<Results<Ok<Page<GatewayResponse>>, ProblemHttpResult>> ListAsync(
        GatewayId? after, int? limit, HttpContext context, GatewayQueries gateways, IActors actors, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<GatewayRow> rows = await gateways.ListAsync(context.Organization(), after, count + 1, cancellationToken);
        GatewayStatus[] statuses = await Task.WhenAll(
            rows.Select(row => actors.Gateway(new GatewayId(row.Id)).GetStatusAsync(cancellationToken)));
        Dictionary<Guid, GatewayStatus> byId = statuses.ToDictionary(status => status.Gateway.Value);
        return TypedResults.Ok(rows.ToPage(count, row => GatewayResponse.Of(row, byId[row.Id]), row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<GatewayResponse>, ProblemHttpResult>> FindAsync(
        GatewayId id, HttpContext context, GatewayQueries gateways, IActors actors, CancellationToken cancellationToken) =>
        await gateways.FindAsync(context.Organization(), id, cancellationToken) is { } row
            ? TypedResults.Ok(GatewayResponse.Of(row, await actors.Gateway(id).GetStatusAsync(cancellationToken)))
            : Problems.NotFound("gateway");
}

/// <param name="UnpairedAt">Since when it may not come in; null while it is paired.</param>
/// <param name="Online">True while an MQTT connection is open. A gateway that only speaks HTTP is never online.</param>
/// <param name="Since">When it last came or went.</param>
/// <param name="Protocol">Of the last connection: `MQTT 5.0`, `MQTT 3.1.1`.</param>
public sealed record GatewayResponse(
    GatewayId Id,
    string Name,
    SiteId Site,
    string SiteName,
    string? Serial,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UnpairedAt,
    bool Online,
    DateTimeOffset? Since,
    string? Protocol,
    DateTimeOffset? LastStepAt)
{
    public static GatewayResponse Of(GatewayRow row, GatewayStatus status) => new(
        new GatewayId(row.Id), row.Name, new SiteId(row.SiteId), row.SiteName, row.Serial, row.CreatedAt, row.UnpairedAt, status.Online, status.Since,
        status.Protocol, status.LastStepAt);
}
