using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Maintenance;

namespace StepCloud.Api.Maintenance;

/// <summary>What was done of maintenance plans, as users record and read it. The plans are things of the registry.</summary>
internal static class MaintenanceEndpoints
{
    private const string Path = "/maintenance-plans/{id}/records";

    public static void MapMaintenanceRecords(this RouteGroupBuilder group)
    {
        group.MapGet(Path, ListAsync).WithSummary("What was done of a maintenance plan, newest first")
            .WithDescription("In the order in which it was recorded. `before` takes the last page's `next`.").ProducesProblem(400).ProducesProblem(404);
        group.MapPost(Path, AddAsync).WithSummary("Record that a maintenance plan's work was done")
            .WithDescription("When it passed, the plan is due `every_days` later; when it failed, it stays due. A record is neither changed nor deleted. It is an entry of the audit.")
            .Produces<MaintenanceRecordResponse>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409)
            .WithMetadata(AllowedRoles.ManagingMaintenance, OneTransaction.Instance);
    }

    private static async Task<Results<Ok<Page<MaintenanceRecordResponse>>, ProblemHttpResult>> ListAsync(
        MaintenancePlanId id, [Description("The `next` of the page before.")] MaintenanceRecordId? before, int? limit, HttpContext context, MaintenanceRecords records,
        CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        return await records.ListAsync(context.Organization(), id, before, count + 1, cancellationToken) is { } rows
            ? TypedResults.Ok(rows.ToPage(count, MaintenanceRecordResponse.Of, record => record.Id.ToString()))
            : Problems.NotFound("maintenance plan");
    }

    private static async Task<IResult> AddAsync(
        MaintenancePlanId id, MaintenanceRecordRequest request, HttpContext context, MaintenanceRecords records, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (request.Read(clock.GetUtcNow(), out NewMaintenanceRecord record) is { Count: > 0 } errors) return Problems.InvalidRequest(errors);
        static IResult Answer(MaintenanceOutcome outcome) => outcome switch
        {
            MaintenanceOutcome.Recorded recorded => TypedResults.Created((string?)null, MaintenanceRecordResponse.Of(recorded.Record)),
            MaintenanceOutcome.NotFound => Problems.NotFound("maintenance plan"),
            MaintenanceOutcome.IsArchived => Problems.Archived(),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return Answer(await records.AddAsync(
            context.Organization(), id, record, context.UserDoer(), context.AnswerInTransaction<MaintenanceOutcome>(Answer), cancellationToken));
    }
}
