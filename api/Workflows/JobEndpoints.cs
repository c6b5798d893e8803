using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Api.Hosting;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>Jobs: parts that go through an approved version of a blueprint.</summary>
internal static class JobEndpoints
{
    /// <summary>One build platform full of single crowns.</summary>
    private const int PartsMax = 10_000;

    public static void MapJobs(this RouteGroupBuilder group)
    {
        group.MapGet("/jobs", ListAsync).WithSummary("Jobs, newest first").Produces<Page<JobRow>>().ProducesProblem(400);
        group.MapGet("/jobs/{id}", FindAsync).WithSummary("All that is known of a job")
            .WithDescription("Its progress, its steps with their verdicts, materials, deviations and signatures, in one answer. The ETag counts what changes: a signature names the one that was read.")
            .Produces<JobView>().ProducesProblem(404);
        group.MapPost("/jobs", CreateAsync).WithSummary("Begin a job")
            .WithDescription(
                "Steps that name its code are the job's, those that came before too. Without `blueprint_version` it goes through the newest that is approved. "
                + "A code is one job's for ever.")
            .Produces<JobView>(StatusCodes.Status201Created).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409)
            .WithMetadata(AllowedRoles.ManagingJobs, OneTransaction.Instance);
        group.MapGet("/material-lots/{id}/jobs", ListByLotAsync).WithSummary("The jobs that a lot is or was in, newest first")
            .WithDescription("`before` takes the last page's `next`.").Produces<Page<LotUse>>().ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync([AsParameters] JobsRequest request, HttpContext context, JobQueries jobs, CancellationToken cancellationToken)
    {
        if ((PageLimits.Check(request.Limit) ?? Problems.UnlessOneOf("state", request.State, JobStates.All)) is { } problem) return problem;
        if (request.Code is { } code && !StorableText.Is(code)) return Problems.InvalidRequest("code", "It holds a character that cannot be stored (U+0000, or half of a surrogate pair).");
        int count = request.Limit ?? PageLimits.Default;
        JobFilter filter = new(context.Organization())
        {
            State = request.State, Code = request.Code, Blueprint = request.Blueprint, Case = request.Case, Step = request.Step, Differs = request.ChangedAfterSignature,
        };
        List<JobRow> rows = await jobs.ListAsync(filter, request.Before, count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, row => row, row => row.Id.ToString()));
    }

    private static async Task<IResult> FindAsync(JobId id, HttpContext context, JobQueries jobs, CancellationToken cancellationToken) =>
        await jobs.FindAsync(context.Organization(), id, cancellationToken) is { } view
            ? WorkflowAnswers.OfJob()(new WorkflowOutcome<JobView>.Done(view))
            : Problems.NotFound("job");

    private static async Task<IResult> CreateAsync(CreateJobRequest request, HttpContext context, JobStore jobs, CancellationToken cancellationToken)
    {
        if (FaultOf(request) is { } fault) return fault;
        NewJob created = new(request.Code.Trim(), request.Name?.Trim(), request.Parts, request.Blueprint, request.BlueprintVersion, [.. (request.Lots ?? []).Distinct()], request.Case);
        Func<WorkflowOutcome<JobView>, IResult> answer = WorkflowAnswers.OfJob(StatusCodes.Status201Created);
        WorkflowOutcome<JobView> outcome = await jobs.CreateAsync(
            context.Organization(), created, new UserId(context.AccessToken().Holder), context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken);
        // It is looked at once more, for steps that were committed meanwhile.
        context.RequestServices.GetService<StepBell<JobWatch>>()?.Ring();
        return answer(outcome);
    }

    private static async Task<IResult> ListByLotAsync(
        MaterialLotId id, [Description("The `next` of the page before.")] JobId? before, int? limit, HttpContext context, JobQueries jobs, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        return await jobs.ListByLotAsync(context.Organization(), id, before, count + 1, cancellationToken) is { } uses
            ? TypedResults.Ok(uses.ToPage(count, use => use, use => use.Job.Id.ToString()))
            : Problems.NotFound("material lot");
    }

    private static ProblemHttpResult? FaultOf(CreateJobRequest request) =>
        TextFault("/code", request.Code) ?? (request.Name is { } name ? TextFault("/name", name) : null)
        ?? (request.Parts is < 1 or > PartsMax ? Problems.InvalidRequest("/parts", $"A job has 1 to {PartsMax} parts.") : null)
        ?? (request.Lots?.Count > JobStore.LotsMax ? Problems.InvalidRequest("/lots", $"A job has {JobStore.LotsMax} lots at most.") : null);

    private static ProblemHttpResult? TextFault(string pointer, string text) =>
        string.IsNullOrWhiteSpace(text) || text.Length > StepLimits.NameCharsMax || text.Any(char.IsControl) || !StorableText.Is(text)
            ? Problems.InvalidRequest(pointer, $"It must be a line of 1 to {StepLimits.NameCharsMax} characters.")
            : null;
}

/// <summary>A page of jobs.</summary>
internal sealed record JobsRequest
{
    [Description("`open`, `conforming`, `deviating`, `released` or `rejected`.")]
    [FromQuery(Name = "state")]
    public string? State { get; init; }

    [Description("The job of that code, as it is scanned.")]
    [FromQuery(Name = "code")]
    public string? Code { get; init; }

    [Description("Through that blueprint, in whichever version.")]
    [FromQuery(Name = "blueprint")]
    public BlueprintId? Blueprint { get; init; }

    [Description("That are for that case.")]
    [FromQuery(Name = "case")]
    public CaseId? Case { get; init; }

    [Description("That have that step.")]
    [FromQuery(Name = "step")]
    public StepId? Step { get; init; }

    [Description("True: signed ones that are known to be others since.")]
    [FromQuery(Name = "changed_after_signature")]
    public bool? ChangedAfterSignature { get; init; }

    [Description("The `next` of the page before.")]
    [FromQuery(Name = "before")]
    public JobId? Before { get; init; }

    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }
}

/// <param name="Code">As it is scanned, and as gateways name it in their steps.</param>
/// <param name="Blueprint">What it goes through.</param>
/// <param name="BlueprintVersion">Which version; null for the newest that is approved.</param>
/// <param name="Parts">How many are made.</param>
/// <param name="Lots">What they are made of.</param>
/// <param name="Case">Whom it is for.</param>
public sealed record CreateJobRequest(
    string Code, BlueprintId Blueprint, int? BlueprintVersion = null, string? Name = null, int Parts = 1, IReadOnlyList<MaterialLotId>? Lots = null, CaseId? Case = null);
