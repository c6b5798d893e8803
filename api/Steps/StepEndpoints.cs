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
        group.MapGet("/devices/{id}/steps", ListAsync)
            .WithSummary("A device's steps, newest first").WithDescription("Without their samples and lines. `before` takes the last page's `next`.")
            .ProducesProblem(400).ProducesProblem(404);
        group.MapGet("/devices/{id}/steps/last", FindLastAsync).WithSummary("A device's newest step, whole").Produces<StepResponse>().ProducesProblem(404);
        group.MapGet("/steps/{id}", FindAsync).WithSummary("A step with its series and logs").ProducesProblem(404);
    }

    private static async Task<Results<Ok<Page<StepSummary>>, ProblemHttpResult>> ListAsync(
        DeviceId id, StepId? before, int? limit, HttpContext context, RegistryStore registry, StepQueries steps,
        CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<StepRow> rows = await steps.ListByDeviceAsync(context.Organization(), id, before, count + 1, cancellationToken);
        if (rows.Count == 0 && await registry.FindAsync(Entities.Device, id.Value, context.Organization(), cancellationToken) is null)
            return Problems.NotFound("device");
        return TypedResults.Ok(rows.ToPage(count, StepSummary.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Utf8ContentHttpResult, ProblemHttpResult>> FindLastAsync(
        DeviceId id, HttpContext context, StepQueries steps, WrittenSteps written, CancellationToken cancellationToken) =>
        await steps.FindLastAsync(context.Organization(), id, cancellationToken) is { } last
        && await written.FindAsync(context.Organization(), last, cancellationToken) is { } step
            ? TypedResults.Text(step, "application/json; charset=utf-8", StatusCodes.Status200OK)
            : Problems.NotFound("step of a device");

    private static async Task<Results<Ok<StepResponse>, ProblemHttpResult>> FindAsync(
        StepId id, HttpContext context, StepQueries steps, CancellationToken cancellationToken) =>
        await steps.FindAsync(context.Organization(), id, cancellationToken) is { } step
            ? TypedResults.Ok(StepResponse.Of(step))
            : Problems.NotFound("step");
}
