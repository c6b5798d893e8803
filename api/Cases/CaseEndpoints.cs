using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Recordings;
using StepCloud.Api.Registry;
using StepCloud.Api.Workflows;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cases;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Cases;

/// <summary>Cases: the person or the order that a job is for. Each look is an entry of the audit, written before the answer.</summary>
internal static class CaseEndpoints
{
    private const string IsAudited = "The look is an entry of the audit.";

    public static void MapCases(this RouteGroupBuilder group)
    {
        group.MapGet("/cases", ListAsync).WithSummary("Cases, newest first, erased ones too").WithDescription($"`before` takes the last page's `next`. {IsAudited}")
            .Produces<Page<CaseView>>().ProducesProblem(400).ProducesProblem(403).WithMetadata(AllowedRoles.ManagingCases);
        group.MapPost("/cases/search", SearchAsync).WithSummary("Find a case by its reference, or by name and birth date")
            .WithDescription(
                $"The whole of it, however it is written: spaces, case, accents and the order of the names do not matter. A POST, so that no name stands in an address. {IsAudited}")
            .Produces<CasesFound>().ProducesProblem(400).ProducesProblem(403).WithMetadata(AllowedRoles.ManagingCases, NeverRemembered.Instance);
        group.MapGet("/cases/{id}", FindAsync).WithSummary("A case").WithDescription($"The ETag is its version. {IsAudited}")
            .Produces<CaseView>().ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ManagingCases);
        group.MapGet("/cases/{id}/export", ExportAsync).RequirePasswordSession().WithSummary("All that is known of a case, as one archive")
            .WithDescription("A ZIP of JSON: the case, its consents, its jobs with the ids of their steps, the entries of the audit about it. Handing it out is an entry too.")
            .Produces(StatusCodes.Status200OK, contentType: PersonalArchive.MediaType).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ManagingCases);
        group.MapPost("/cases", CreateAsync).WithSummary("Make a case")
            .WithDescription("Its fields are sealed under a key of its own. The reference is one case's, and must be in the organization's format (`case_reference`).")
            .Produces<CaseCreated>(StatusCodes.Status201Created).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409)
            .WithMetadata(AllowedRoles.ManagingCases, OneTransaction.Instance);
        group.MapPut("/cases/{id}", ReplaceAsync).WithSummary("Change a case")
            .WithDescription("What is left out is taken away. `If-Match` names the case that was read.")
            .Produces<CaseView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).ProducesProblem(428)
            .WithMetadata(AllowedRoles.ManagingCases);
        group.MapPost("/cases/{id}/erase", EraseAsync).RequirePasswordSession().WithSummary("Erase a case: its key is destroyed")
            .WithDescription("Owners only. Reference, name and birth date, and whatever is sealed under its key, can be read by nobody from then on. Its jobs and their steps stay. There is no way back.")
            .Produces<CaseView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ErasingCases, OneTransaction.Instance);
        group.MapPost("/jobs/{id}/case", SetOfJobAsync).WithSummary("Say which case a job is for").WithDescription("Null for none. Until somebody has decided of the job.")
            .Produces<JobView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(AllowedRoles.ManagingJobs, OneTransaction.Instance);
    }

    private static async Task<IResult> ListAsync(
        CaseId? before, int? limit, HttpContext context, CaseQueries cases, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        List<CaseView> rows = await cases.ListAsync(context.Organization(), before, count + 1, cancellationToken);
        Page<CaseView> page = rows.ToPage(count, row => row, row => row.Id.ToString());
        await reads.ListedAsync(context, AuditSubject.Case, context.Organization(), new { before = before?.Value, limit = count }, page.Items.Count, cancellationToken);
        return TypedResults.Ok(page);
    }

    private static async Task<IResult> SearchAsync(SearchCasesRequest request, HttpContext context, CaseQueries cases, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault) return fault;
        List<CaseView> found = request.Reference is { } reference
            ? await cases.FindByReferenceAsync(context.Organization(), reference, cancellationToken)
            : await cases.FindByPersonAsync(context.Organization(), request.Name!, request.BirthDate!.Value, cancellationToken);
        await reads.ListedAsync(
            context, AuditSubject.Case, context.Organization(),
            new { by = request.Reference is null ? "name_and_birth_date" : "reference", found = found.Select(one => one.Id.Value) }, found.Count, cancellationToken);
        return TypedResults.Ok(new CasesFound(found));
    }

    private static async Task<IResult> FindAsync(CaseId id, HttpContext context, CaseQueries cases, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (await cases.FindAsync(context.Organization(), id, cancellationToken) is not { } found) return Problems.NotFound("case");
        await reads.CaseAsync(context, AuditSubject.Case, id, rows: 1, cancellationToken);
        return CaseAnswers.OfCase()(new WorkflowOutcome<CaseView>.Done(found));
    }

    private static async Task<IResult> ExportAsync(CaseId id, HttpContext context, CaseExport export, CancellationToken cancellationToken) =>
        await export.ReadAsync(context.Organization(), id, RecordingName.Open, context.UserDoer(), cancellationToken) is { } contents
            ? TypedResults.File(PersonalArchive.Of(contents), PersonalArchive.MediaType, $"case-{id}.zip")
            : Problems.NotFound("case");

    private static async Task<IResult> CreateAsync(CaseRequest request, HttpContext context, CaseStore cases, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (request.Fault(clock) is { } fault) return fault;
        Func<WorkflowOutcome<CaseId>, IResult> answer = CaseAnswers.OfNewCase;
        return answer(await cases.CreateAsync(context.Organization(), request.Fields, context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static async Task<IResult> ReplaceAsync(CaseId id, CaseRequest request, HttpContext context, CaseStore cases, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (request.Fault(clock) is { } fault) return fault;
        (long? version, var problem) = RegistryHandlers.ReadVersion(context.Request, isRequired: true);
        return problem ?? CaseAnswers.OfCase()(await cases.ReplaceAsync(context.Organization(), id, version, request.Fields, context.UserDoer(), cancellationToken));
    }

    private static async Task<IResult> EraseAsync(CaseId id, EraseCaseRequest request, HttpContext context, CaseStore cases, CancellationToken cancellationToken)
    {
        if (Problems.UnlessOneOf("/reason", request.Reason, CaseStore.EraseReasons) is { } fault) return fault;
        Func<WorkflowOutcome<CaseView>, IResult> answer = CaseAnswers.OfCase();
        return answer(await cases.EraseAsync(context.Organization(), id, request.Reason, context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static Task<IResult> SetOfJobAsync(JobId id, JobCaseRequest request, HttpContext context, JobCases cases, CancellationToken cancellationToken) =>
        JobChangeEndpoints.ChangeAsync(context, (_, doer, answer) => cases.SetAsync(context.Organization(), id, request.Case, doer, answer, cancellationToken));
}
