using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Steps;

/// <summary>Stored steps, as users read them.</summary>
internal static class StepEndpoints
{
    public static void MapSteps(this RouteGroupBuilder group)
    {
        const string Order = "Without their samples and lines, by the time of their ids: a step that came late stands in its place.";
        group.MapGet("/steps", ListAsync).WithSummary("Steps of the organization, newest first").WithDescription(Order)
            .Produces<Page<StepSummary>>().ProducesProblem(400);
        group.MapGet("/devices/{id}/steps", ListByDeviceAsync).WithSummary("A device's steps, newest first").WithDescription(Order)
            .Produces<Page<StepSummary>>().ProducesProblem(400).ProducesProblem(404);
        group.MapGet("/steps/calendar", CountByDayAsync).WithSummary("How many steps started on each day")
            .WithDescription("Days without any are left out.").ProducesProblem(400);
        group.MapGet("/devices/{id}/steps/last", FindLastAsync).WithSummary("A device's newest step, whole").Produces<StepResponse>().ProducesProblem(404);
        group.MapGet("/steps/{id}", FindAsync).WithSummary("A step with its series and logs").ProducesProblem(404);
        group.MapGet("/steps/{id}/summary", FindSummaryAsync).WithSummary("A step without its samples and lines").ProducesProblem(404);
        group.MapGet("/steps/{id}/settings-changes", CompareSettingsAsync).WithSummary("The settings that changed against the device's step before")
            .WithDescription("The step before is the last one that told settings; a step that tells none has changed none.").ProducesProblem(404);
    }

    private static async Task<Results<WrittenJson, ProblemHttpResult>> ListAsync(
        [AsParameters] StepSelection selection, [AsParameters] TimelinePage page, HttpContext context, StepTimeline timeline, WrittenSteps written,
        CancellationToken cancellationToken)
    {
        if (page.Read(selection, context.Organization(), out StepFilter filter) is { } problem) return problem;
        List<StepId> listed = await timeline.ListAsync(filter, page.Before, page.Count + 1, cancellationToken);
        return new WrittenJson(await written.WritePageAsync(filter.Organization, listed, page.Count, cancellationToken));
    }

    private static async Task<Results<WrittenJson, ProblemHttpResult>> ListByDeviceAsync(
        DeviceId id, [AsParameters] StepSelection selection, [AsParameters] TimelinePage page, HttpContext context, RegistryStore registry, StepTimeline timeline,
        WrittenSteps written, CancellationToken cancellationToken)
    {
        if (selection.Device is not null) return Problems.InvalidRequest("device", "The device stands in the path.");
        if (page.Read(selection, context.Organization(), out StepFilter filter) is { } problem) return problem;
        OrganizationId organization = context.Organization();
        bool isWatched = page.Before is null && filter == new StepFilter(organization);
        if (isWatched && await written.FindFirstPageAsync(organization, id, page.Count, cancellationToken) is { } first) return new WrittenJson(first);
        List<StepId> listed = isWatched ? [] : await timeline.ListAsync(filter with { Device = id }, page.Before, page.Count + 1, cancellationToken);
        // A device that has steps exists.
        if (listed.Count == 0 && await registry.FindAsync(Entities.Device, id.Value, organization, cancellationToken) is null)
            return Problems.NotFound("device");
        return new WrittenJson(await written.WritePageAsync(organization, listed, page.Count, cancellationToken));
    }

    private static async Task<Results<WrittenJson, ProblemHttpResult>> FindLastAsync(
        DeviceId id, HttpContext context, WrittenSteps written, CancellationToken cancellationToken) =>
        await written.FindNewestAsync(context.Organization(), id, cancellationToken) is { } step ? new WrittenJson(step) : Problems.NotFound("step of a device");

    private static async Task<Results<Ok<StepCalendar>, ProblemHttpResult>> CountByDayAsync(
        [AsParameters] StepSelection selection, [AsParameters] CalendarDays days, HttpContext context, StepTimeline timeline, CancellationToken cancellationToken)
    {
        if (selection.Read(context.Organization(), out StepFilter filter) is { } problem) return problem;
        if (days.From.Year is < 1971 or > 2199) return Problems.InvalidRequest("from", "It must be between 1971 and 2199.");
        if (days.To < days.From) return Problems.InvalidRequest("to", "It must not be before `from`.");
        if (days.To.DayNumber - days.From.DayNumber >= CalendarDays.DaysMax)
            return Problems.InvalidRequest("to", $"It must be less than {CalendarDays.DaysMax} days after `from`.");
        string zone = days.TimeZone ?? "UTC";
        if (StepTimeline.TimeZoneFault(zone) is { } fault) return Problems.InvalidRequest("time_zone", fault);
        return TypedResults.Ok(new StepCalendar(zone, await timeline.CountByDayAsync(filter, days.From, days.To, zone, cancellationToken)));
    }

    private static async Task<Results<Ok<StepResponse>, ProblemHttpResult>> FindAsync(
        StepId id, HttpContext context, StepQueries steps, CancellationToken cancellationToken) =>
        await steps.FindAsync(context.Organization(), id, cancellationToken) is { } step
            ? TypedResults.Ok(StepResponse.Of(step))
            : Problems.NotFound("step");

    private static async Task<Results<Ok<StepSummary>, ProblemHttpResult>> FindSummaryAsync(
        StepId id, HttpContext context, StepQueries steps, CancellationToken cancellationToken) =>
        await steps.FindRowAsync(context.Organization(), id, cancellationToken) is { } row
            ? TypedResults.Ok(StepSummary.Of(row))
            : Problems.NotFound("step");

    private static async Task<Results<Ok<SettingsChanges>, ProblemHttpResult>> CompareSettingsAsync(
        StepId id, HttpContext context, StepQueries steps, CancellationToken cancellationToken)
    {
        if (await steps.FindRowAsync(context.Organization(), id, cancellationToken) is not { } step) return Problems.NotFound("step");
        // A step that tells no settings says nothing of them.
        if (step.SettingsJson == "{}") return TypedResults.Ok(new SettingsChanges(step.Id, null, []));
        StepRow? before = await steps.FindBeforeAsync(step, cancellationToken);
        IReadOnlyList<SettingChange> changes = SettingsDifference.Between(JsonNode.Parse(before?.SettingsJson ?? "{}"), JsonNode.Parse(step.SettingsJson));
        return TypedResults.Ok(new SettingsChanges(step.Id, before?.Id, changes));
    }
}
