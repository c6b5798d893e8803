using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Live;

/// <summary>What devices do now: looked at once, and watched.</summary>
internal static class LiveEndpoints
{
    private const string StreamDescription =
        "Server-Sent Events. `state`: what a device is shown as, at once for each and whenever it changes. `samples`: an element of telemetry, as its gateway sent it. "
        + "`step`: a step is stored; it takes the place of its samples. `reset`: what came after the `Last-Event-ID` is not kept any more; read anew what you show. "
        + "`samples` and `step` have ids: sent as `Last-Event-ID`, the last one continues the stream behind it, and nothing is missed. Without one it begins now. "
        + "A stream ends with the access token, with its session, and when it is read too slowly; then come again.";

    private const string LastEventId = "The id of the last event of this stream that was seen: it goes on behind it.";

    public static void MapLive(this RouteGroupBuilder group)
    {
        group.MapGet("/devices/{id}/state", FindStateAsync).RefuseUnknownQuery().WithSummary("What a device does now").ProducesProblem(404);
        group.MapGet("/sites/{id}/states", ListStatesAsync).RefuseUnknownQuery().WithSummary("What the devices of a site do now").ProducesProblem(404);
        group.MapGet("/devices/{id}/running", FindRunningAsync).RefuseUnknownQuery().WithSummary("A device's running step with its samples so far").ProducesProblem(404);
        group.MapGet("/devices/{id}/live", WatchDeviceAsync).RefuseUnknownQuery().WithSummary("Watch a device").WithDescription(StreamDescription)
            .Produces(200, contentType: LiveStream.MediaType).ProducesProblem(400).ProducesProblem(404).ProducesProblem(429);
        group.MapGet("/sites/{id}/live", WatchSiteAsync).RefuseUnknownQuery().WithSummary("Watch all devices of a site").WithDescription(StreamDescription)
            .Produces(200, contentType: LiveStream.MediaType).ProducesProblem(400).ProducesProblem(404).ProducesProblem(429);
    }

    private static async Task<Results<Ok<DeviceStateResponse>, ProblemHttpResult>> FindStateAsync(
        DeviceId id, HttpContext context, DeviceStates states, IOptions<LiveOptions> options, TimeProvider clock, CancellationToken cancellationToken) =>
        await states.FindAsync(context.Organization(), id, cancellationToken) is { } row
            ? TypedResults.Ok(DeviceStateResponse.Of(DeviceStatus.Of(row, clock.GetUtcNow(), options.Value.SilenceMax)))
            : Problems.NotFound("device");

    private static async Task<Results<Ok<Page<DeviceStateResponse>>, ProblemHttpResult>> ListStatesAsync(
        SiteId id, HttpContext context, RegistryStore registry, DeviceStates states, IOptions<LiveOptions> options, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (await registry.FindAsync(Entities.Site, id.Value, context.Organization(), cancellationToken) is null) return Problems.NotFound("site");
        List<DeviceStateRow> rows = await states.ListAsync(context.Organization(), id, cancellationToken);
        DateTimeOffset now = clock.GetUtcNow();
        return TypedResults.Ok(new Page<DeviceStateResponse>(
            [.. rows.Select(row => DeviceStateResponse.Of(DeviceStatus.Of(row, now, options.Value.SilenceMax)))], null));
    }

    private static async Task<Results<Ok<RunningResponse>, ProblemHttpResult>> FindRunningAsync(
        DeviceId id, HttpContext context, DeviceStates states, LiveFeed feed, RunningSteps running, IOptions<LiveOptions> options, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        OrganizationId organization = context.Organization();
        if (await states.FindAsync(organization, id, cancellationToken) is not { } known) return Problems.NotFound("device");
        // First the position and then what is shown at it: whoever goes on behind it misses nothing.
        LivePosition end = await feed.FindEndAsync(new LiveScope(organization, known.Site, id), cancellationToken);
        DeviceStateRow row = await states.FindAsync(organization, id, cancellationToken) ?? known;
        DeviceStatus status = DeviceStatus.Of(row, clock.GetUtcNow(), options.Value.SilenceMax);
        (IReadOnlyList<RunningSeries> series, bool isWhole) =
            status.Step is { } step ? await running.FindAsync(organization, step.Id, end.Telemetry, cancellationToken) : ([], true);
        return TypedResults.Ok(new RunningResponse(DeviceStateResponse.Of(status), series, isWhole, LiveEvents.Text(end)));
    }

    private static async Task<IResult> WatchDeviceAsync(
        DeviceId id, [Description(LastEventId)] [FromHeader(Name = "Last-Event-ID")] string? lastEventId, HttpContext context, DeviceStates states, LiveStream stream,
        CancellationToken cancellationToken) =>
        await states.FindAsync(context.Organization(), id, cancellationToken) is { } row
            ? await WatchAsync(new LiveScope(context.Organization(), row.Site, id), lastEventId, context, stream)
            : Problems.NotFound("device");

    private static async Task<IResult> WatchSiteAsync(
        SiteId id, [Description(LastEventId)] [FromHeader(Name = "Last-Event-ID")] string? lastEventId, HttpContext context, RegistryStore registry, LiveStream stream,
        CancellationToken cancellationToken) =>
        await registry.FindAsync(Entities.Site, id.Value, context.Organization(), cancellationToken) is not null
            ? await WatchAsync(new LiveScope(context.Organization(), id, null), lastEventId, context, stream)
            : Problems.NotFound("site");

    private static Task<IResult> WatchAsync(LiveScope scope, string? lastEventId, HttpContext context, LiveStream stream)
    {
        if (string.IsNullOrEmpty(lastEventId)) return stream.OpenAsync(context, scope, null);
        return LiveEvents.Parse(lastEventId) is { } after
            ? stream.OpenAsync(context, scope, after)
            : Task.FromResult<IResult>(Problems.InvalidRequest("Last-Event-ID", "It must be the id of an event of this stream, such as 4711.815."));
    }
}
