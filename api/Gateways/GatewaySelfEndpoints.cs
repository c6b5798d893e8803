using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Registry;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Gateways;

/// <summary>What a gateway may know of the registry: itself, and the devices of its site.</summary>
internal static class GatewaySelfEndpoints
{
    public static void MapGatewaySelf(this RouteGroupBuilder group)
    {
        group.MapGet("/gateway", FindSelfAsync).WithSummary("The gateway itself, as it is registered")
            .WithMetadata(new RegistryOperation(Entities.GatewayItself, RegistryAction.Find));
        group.MapPatch("/gateway", TellAsync).WithSummary("Tell what the gateway is: its serial, its software and hardware version")
            .WithDescription("After an update, or at each start: what is as it was makes no new version.")
            .WithMetadata(new RegistryOperation(Entities.GatewayItself, RegistryAction.Patch, NeedsVersion: false));
        group.MapGet("/devices", ListDevicesAsync).WithSummary("The devices of the gateway's site")
            .WithDescription("`monitored` says whether what a device does need be collected. A gateway that lost its memory finds its devices' ids here.")
            .WithMetadata(new RegistryOperation(Entities.Device, RegistryAction.List));
    }

    private static async Task<IResult> FindSelfAsync(HttpContext context, RegistryStore registry, CancellationToken cancellationToken) =>
        await registry.FindAsync(Entities.Gateway, context.AccessToken().Holder, null, cancellationToken) is { } row
            ? new RegistryItem(Entities.Gateway, row, StatusCodes.Status200OK)
            : Problems.NotFound("gateway");

    private static async Task<IResult> TellAsync(HttpContext context, RegistryStore registry, CancellationToken cancellationToken)
    {
        (long? version, ProblemHttpResult? stale) = RegistryHandlers.ReadVersion(context.Request, isRequired: false);
        if (stale is not null) return stale;
        (RegistryBody? body, ProblemHttpResult? problem) = await RegistryBody.ReadAsync(
            Entities.GatewayItself, context.Request, isPatch: true, new Dictionary<string, object?>(StringComparer.Ordinal), cancellationToken);
        if (body is null) return problem!;
        GatewayId gateway = new(context.AccessToken().Holder);
        RegistryOutcome outcome = await registry.PatchAsync(
            Entities.GatewayItself, gateway.Value, version, body.Values, organization: null, AuditDoer.Gateway(gateway, context.Origin()), cancellationToken);
        return new RegistryHandlers(Entities.GatewayItself).Answer(outcome, StatusCodes.Status200OK);
    }

    private static async Task<IResult> ListDevicesAsync(HttpContext context, RegistryStore registry, CancellationToken cancellationToken)
    {
        if (await registry.FindAsync(Entities.Gateway, context.AccessToken().Holder, null, cancellationToken) is not { } self)
            return Problems.NotFound("gateway");
        (RegistryQuery? query, var problem) = RegistryQuery.Read(Entities.Device, null, context.Request.Query);
        if (query is null) return problem!;
        Guid site = (Guid)self.Values[Entities.Gateway.IndexOf("site")]!;
        RegistryFilter filter = query.Filter with { Equal = [.. query.Filter.Equal, (Entities.Device.Find("site")!, (IReadOnlyList<object>)[site])] };
        query = query with { Filter = filter };
        IReadOnlyList<RegistryRow> rows = await registry.ListAsync(Entities.Device, filter, query.Limit + 1, cancellationToken);
        long? count = query.WithCount ? await registry.CountAsync(Entities.Device, filter with { After = null }, cancellationToken) : null;
        return new RegistryPage(Entities.Device, query, rows, count);
    }
}
