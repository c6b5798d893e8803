using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Gateways;

/// <summary>What the steps of a device add up to.</summary>
internal static class TwinEndpoints
{
    public static void MapTwins(this RouteGroupBuilder group) =>
        group.MapGet("/devices/{id}/twin", FindAsync).WithSummary("What the steps of a device add up to").ProducesProblem(404);

    private static async Task<Results<Ok<TwinResponse>, ProblemHttpResult>> FindAsync(
        DeviceId id, HttpContext context, RegistryStore registry, IActors actors, CancellationToken cancellationToken) =>
        await registry.FindAsync(Entities.Device, id.Value, context.Organization(), cancellationToken) is not null
            ? TypedResults.Ok(TwinResponse.Of(await actors.Device(id).GetTwinAsync(cancellationToken)))
            : Problems.NotFound("device");
}

/// <param name="Settings">The newest settings that a step told.</param>
/// <param name="LastValues">By series: the newest value of each.</param>
public sealed record TwinResponse(
    long StepsStored, long SamplesStored, LastStep? LastStep, RawJson Settings, DateTimeOffset? SettingsFrom,
    IReadOnlyDictionary<string, LastValue> LastValues)
{
    public static TwinResponse Of(DeviceTwin twin) => new(
        twin.StepsStored, twin.SamplesStored, twin.LastStep, new RawJson(twin.Settings), twin.SettingsFrom, twin.LastValues);
}
