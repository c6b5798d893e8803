using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>What changes of a job until somebody has decided of it. Each answer is the job as it stands then.</summary>
internal static class JobChangeEndpoints
{
    public static void MapJobChanges(this RouteGroupBuilder group)
    {
        Describe(group.MapPost("/jobs/{id}/complete", CompleteAsync), "Say that no more steps will come")
            .WithDescription("What is awaited is missing then, and a deviation. What comes nevertheless is taken.");
        Describe(group.MapPost("/jobs/{id}/lots", AddLotAsync), "Add a lot").WithDescription("409 `lot_expired` for one past its expiry.").ProducesProblem(400);
        Describe(group.MapPost("/jobs/{id}/lots/{lot}/remove", RemoveLotAsync), "Take a lot out").WithDescription("It stays in the record as taken out.").ProducesProblem(400);
        Describe(group.MapPost("/jobs/{id}/devices", AddDeviceAsync), "Let a device work for the job")
            .WithDescription("Its steps that begin in that time and name no job are the job's; of a device that works for several jobs they are all of theirs.").ProducesProblem(400);
        Describe(group.MapPost("/jobs/{id}/devices/{assignment}/end", EndDeviceAsync), "End a device's work for the job").ProducesProblem(400);
        Describe(group.MapPost("/jobs/{id}/steps", AddStepAsync), "Say that a step is the job's").ProducesProblem(400);
        Describe(group.MapPost("/jobs/{id}/steps/{step}/remove", RemoveStepAsync), "Say that a step is not the job's").ProducesProblem(400);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) => route.WithSummary(summary)
        .Produces<JobView>().ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(AllowedRoles.ManagingJobs, OneTransaction.Instance);

    private static Task<IResult> CompleteAsync(JobId id, HttpContext context, JobStore jobs, CancellationToken cancellationToken) =>
        ChangeAsync(context, (user, doer, answer) => jobs.CompleteAsync(context.Organization(), id, user, doer, answer, cancellationToken));

    private static Task<IResult> AddLotAsync(JobId id, AddLotRequest request, HttpContext context, JobStore jobs, CancellationToken cancellationToken) =>
        ChangeAsync(context, (user, doer, answer) => jobs.AddLotAsync(context.Organization(), id, request.Lot, user, doer, answer, cancellationToken));

    private static async Task<IResult> RemoveLotAsync(
        JobId id, MaterialLotId lot, ReasonRequest request, HttpContext context, JobStore jobs, CancellationToken cancellationToken) =>
        request.Fault() ?? await ChangeAsync(
            context, (user, doer, answer) => jobs.RemoveLotAsync(context.Organization(), id, lot, request.Reason.Trim(), user, doer, answer, cancellationToken));

    private static Task<IResult> AddDeviceAsync(JobId id, AddDeviceRequest request, HttpContext context, JobStore jobs, CancellationToken cancellationToken) => ChangeAsync(
        context, (user, doer, answer) => jobs.AddDeviceAsync(context.Organization(), id, request.Device, request.From, request.To, user, doer, answer, cancellationToken));

    private static Task<IResult> EndDeviceAsync(
        JobId id, JobDeviceId assignment, EndDeviceRequest request, HttpContext context, JobStore jobs, CancellationToken cancellationToken) => ChangeAsync(
        context, (_, doer, answer) => jobs.EndDeviceAsync(context.Organization(), id, assignment, request.To, doer, answer, cancellationToken));

    private static async Task<IResult> AddStepAsync(JobId id, AddStepRequest request, HttpContext context, JobStore jobs, CancellationToken cancellationToken) =>
        WorkflowAnswers.CheckReason("/reason", request.Reason) ?? await ChangeAsync(
            context,
            (user, doer, answer) => jobs.ChooseStepAsync(context.Organization(), id, request.Step, isMember: true, request.Reason.Trim(), user, doer, answer, cancellationToken));

    private static async Task<IResult> RemoveStepAsync(
        JobId id, StepId step, ReasonRequest request, HttpContext context, JobStore jobs, CancellationToken cancellationToken) =>
        request.Fault() ?? await ChangeAsync(
            context, (user, doer, answer) => jobs.ChooseStepAsync(context.Organization(), id, step, isMember: false, request.Reason.Trim(), user, doer, answer, cancellationToken));

    internal static async Task<IResult> ChangeAsync(
        HttpContext context, Func<UserId, AuditDoer, AnswerInTransaction<WorkflowOutcome<JobView>>?, Task<WorkflowOutcome<JobView>>> change)
    {
        Func<WorkflowOutcome<JobView>, IResult> answer = WorkflowAnswers.OfJob();
        return answer(await change(new UserId(context.AccessToken().Holder), context.UserDoer(), context.AnswerInTransaction(answer)));
    }
}

public sealed record AddLotRequest(MaterialLotId Lot);

/// <param name="From">Null for now.</param>
/// <param name="To">Null: until further notice.</param>
public sealed record AddDeviceRequest(DeviceId Device, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <param name="To">Null for now.</param>
public sealed record EndDeviceRequest(DateTimeOffset? To = null);

/// <param name="Reason">Why, in up to 1000 characters.</param>
public sealed record AddStepRequest(StepId Step, string Reason);

/// <param name="Reason">Why, in up to 1000 characters.</param>
public sealed record ReasonRequest(string Reason)
{
    internal IResult? Fault() => WorkflowAnswers.CheckReason("/reason", Reason);
}
