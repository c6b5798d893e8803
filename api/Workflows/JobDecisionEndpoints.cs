using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Registry;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>What people decide of jobs, and how that is proved.</summary>
internal static class JobDecisionEndpoints
{
    public static void MapJobDecisions(this RouteGroupBuilder group)
    {
        group.MapPost("/jobs/{id}/dispositions", DisposeAsync).WithSummary("Dispose of deviations")
            .WithDescription(
                "Owners only. `accept` lets it be as it is; `rework` has the step done again, and takes what was done out of the count; after `scrap` the job can only be rejected. "
                + "Without `deviations` it is of all that are open, and `If-Match` names the job that was read.")
            .Produces<JobView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).ProducesProblem(428)
            .WithMetadata(AllowedRoles.DecidingJobs, OneTransaction.Instance);
        Describe(group.MapPost("/jobs/{id}/release", ReleaseAsync), "Release a job by a signature")
            .WithDescription("Owners only. The password again, and the code where there is a second factor. `If-Match` names the job that was read: what changed since is not signed.");
        Describe(group.MapPost("/jobs/{id}/reject", RejectAsync), "Reject a job by a signature").WithDescription("Owners only. As a release, with the reason as `comment`.");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) => route.RequirePasswordSession().WithSummary(summary)
        .Produces<JobView>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).ProducesProblem(428)
        .ProducesProblem(429).WithMetadata(AllowedRoles.DecidingJobs, OneTransaction.Instance);

    private static async Task<IResult> DisposeAsync(JobId id, DisposeRequest request, HttpContext context, JobDecisions jobs, CancellationToken cancellationToken)
    {
        if (!JobDecisions.Dispositions.Contains(request.Disposition))
            return Problems.InvalidRequest("/disposition", $"It is one of {string.Join(", ", JobDecisions.Dispositions)}.");
        if (WorkflowAnswers.CheckReason("/reason", request.Reason) is { } fault) return fault;
        if (request.Deviations is { Count: 0 or > 1000 }) return Problems.InvalidRequest("/deviations", "Name 1 to 1000, or leave it out for all that are open.");
        // Of all that are open: of those that were read.
        (long? version, ProblemHttpResult? stale) = RegistryHandlers.ReadVersion(context.Request, isRequired: request.Deviations is null);
        return stale ?? await JobChangeEndpoints.ChangeAsync(
            context,
            (user, doer, answer) => jobs.DisposeAsync(
                context.Organization(), id, request.Deviations, version, request.Disposition, request.Reason.Trim(), user, doer, answer, cancellationToken));
    }

    private static Task<IResult> ReleaseAsync(
        JobId id, SignRequest request, HttpContext context, JobQueries jobs, JobDecisions decisions, Signing signing, CancellationToken cancellationToken) =>
        DecideAsync(id, JobStates.Released, request, context, jobs, decisions, signing, cancellationToken);

    private static async Task<IResult> RejectAsync(
        JobId id, SignRequest request, HttpContext context, JobQueries jobs, JobDecisions decisions, Signing signing, CancellationToken cancellationToken) =>
        WorkflowAnswers.CheckReason("/comment", request.Comment ?? "")
        ?? await DecideAsync(id, JobStates.Rejected, request, context, jobs, decisions, signing, cancellationToken);

    private static async Task<IResult> DecideAsync(
        JobId id, string decision, SignRequest request, HttpContext context, JobQueries jobs, JobDecisions decisions, Signing signing, CancellationToken cancellationToken)
    {
        (long? version, ProblemHttpResult? stale) = RegistryHandlers.ReadVersion(context.Request, isRequired: true);
        if (stale is not null) return stale;
        if (await jobs.FindAsync(context.Organization(), id, cancellationToken) is null) return Problems.NotFound("job");
        (Signer? signer, ProblemHttpResult? problem) = await signing.ProveAsync(context, request, new AuditSubject(AuditSubject.Job, id.Value), decision, cancellationToken);
        if (signer is null) return problem!;
        return await JobChangeEndpoints.ChangeAsync(
            context, (_, doer, answer) => decisions.DecideAsync(context.Organization(), id, decision, version, signer, doer, answer, cancellationToken));
    }
}

/// <param name="Disposition">`accept`, `rework` or `scrap`.</param>
/// <param name="Reason">Why, in up to 1000 characters.</param>
/// <param name="Deviations">Their ids; null for all that are open.</param>
public sealed record DisposeRequest(string Disposition, string Reason, IReadOnlyList<JobDeviationId>? Deviations = null);
