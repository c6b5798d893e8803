using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Gateways;

/// <summary>Sites and devices, as users see them.</summary>
internal static class DeviceEndpoints
{
    public static void MapSites(this RouteGroupBuilder group) =>
        group.MapGet("/sites", ListSitesAsync).WithSummary("The sites of your organization");

    public static void MapDevices(this RouteGroupBuilder group)
    {
        group.MapGet("/devices", ListAsync).WithSummary("The devices of your organization").ProducesProblem(400);
        group.MapGet("/devices/{id}", FindAsync).WithSummary("A device, and what its steps add up to").ProducesProblem(404);
    }

    private static async Task<Ok<Page<SiteResponse>>> ListSitesAsync(
        HttpContext context, DeviceQueries devices, CancellationToken cancellationToken)
    {
        IReadOnlyList<SiteRow> rows = await devices.ListSitesAsync(context.Organization(), cancellationToken);
        return TypedResults.Ok(new Page<SiteResponse>([.. rows.Select(row => new SiteResponse(new SiteId(row.Id), row.Name))], null));
    }

    private static async Task<Results<Ok<Page<DeviceResponse>>, ProblemHttpResult>> ListAsync(
        DeviceId? after, int? limit, HttpContext context, DeviceQueries devices, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<DeviceRow> rows = await devices.ListAsync(context.Organization(), after, count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, DeviceResponse.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<DeviceWithTwin>, ProblemHttpResult>> FindAsync(
        DeviceId id, HttpContext context, DeviceQueries devices, IActors actors, CancellationToken cancellationToken)
    {
        if (await devices.FindAsync(context.Organization(), id, cancellationToken) is not { } row) return Problems.NotFound("device");
        DeviceTwin twin = await actors.Device(id).GetTwinAsync(cancellationToken);
        return TypedResults.Ok(new DeviceWithTwin(DeviceResponse.Of(row), TwinResponse.Of(twin)));
    }
}

public sealed record SiteResponse(SiteId Id, string Name);

/// <param name="Model">The catalogue's model; `default` when none matched.</param>
/// <param name="AnnouncedModel">What the device told, word for word.</param>
/// <param name="Source">What the shop's side calls it.</param>
public sealed record DeviceResponse(
    DeviceId Id,
    SiteId Site,
    string SiteName,
    GatewayId Gateway,
    string Model,
    string Kind,
    string AnnouncedModel,
    string Source,
    string Interface,
    string Label,
    string? Serial,
    string? NetworkAddress,
    DateTimeOffset CreatedAt)
{
    public static DeviceResponse Of(DeviceRow row) => new(
        new DeviceId(row.Id), new SiteId(row.SiteId), row.SiteName, new GatewayId(row.GatewayId), row.Model, row.Kind, row.AnnouncedModel,
        row.Source, row.Interface, row.Label, row.Serial, row.NetworkAddress, row.CreatedAt);
}

public sealed record DeviceWithTwin(DeviceResponse Device, TwinResponse Twin);

/// <param name="Settings">The newest settings that a step told.</param>
/// <param name="LastValues">By series: the newest value of each.</param>
public sealed record TwinResponse(
    long StepsStored, long SamplesStored, LastStep? LastStep, RawJson Settings, DateTimeOffset? SettingsFrom,
    IReadOnlyDictionary<string, LastValue> LastValues)
{
    public static TwinResponse Of(DeviceTwin twin) => new(
        twin.StepsStored, twin.SamplesStored, twin.LastStep, new RawJson(twin.Settings), twin.SettingsFrom, twin.LastValues);
}
