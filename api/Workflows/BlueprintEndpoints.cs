using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Workflows;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Registry;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Workflows;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>What blueprints say: their versions. The blueprints themselves are things of the registry.</summary>
internal static class BlueprintEndpoints
{
    private const string Path = "/blueprints/{id}/versions";

    /// <summary>Runs to learn from: more say nothing new.</summary>
    private const int RunsMax = 50;

    public static void MapBlueprintVersions(this RouteGroupBuilder group)
    {
        group.MapGet(Path, ListAsync).WithSummary("The versions of a blueprint, newest first").WithDescription("`before` takes the last page's `next`.")
            .Produces<Page<BlueprintVersion>>().ProducesProblem(400).ProducesProblem(404);
        group.MapGet(Path + "/{number}", FindAsync).WithSummary("A version of a blueprint").Produces<BlueprintVersion>().ProducesProblem(404);
        Describe(group.MapPost(Path, DraftAsync), AllowedRoles.DraftingBlueprints).WithSummary("Draft a version")
            .WithDescription("400 names every place where it could not be met: a range upside down, waits that go round in a circle.")
            .Produces<BlueprintVersion>(StatusCodes.Status201Created).ProducesProblem(400).WithMetadata(OneTransaction.Instance);
        Describe(group.MapPut(Path + "/{number}", ReplaceAsync), AllowedRoles.DraftingBlueprints).WithSummary("Change a draft")
            .WithDescription("`If-Match` names the draft that was read. 409 `version_approved` for what was signed.")
            .Produces<BlueprintVersion>().ProducesProblem(400).ProducesProblem(412).ProducesProblem(428);
        Describe(group.MapPost(Path + "/{number}/approve", ApproveAsync), AllowedRoles.ApprovingBlueprints).RequirePasswordSession()
            .WithSummary("Approve a version by a signature")
            .WithDescription("Owners only. The password again, and the code where there is a second factor. `If-Match` names the draft that was read. From then on it never changes.")
            .Produces<BlueprintVersion>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(412).ProducesProblem(428).ProducesProblem(429).WithMetadata(OneTransaction.Instance);
        Describe(group.MapPost(Path + "/{number}/retire", RetireAsync), AllowedRoles.ApprovingBlueprints).RequirePasswordSession()
            .WithSummary("Take a version out of use").WithDescription("Owners only. No new job goes through it; those that there are go on.")
            .Produces<BlueprintVersion>().ProducesProblem(400).WithMetadata(OneTransaction.Instance);
        group.MapPost("/blueprints/proposals", ProposeAsync).WithSummary("Learn a blueprint from runs that went well")
            .WithDescription(
                "The order, durations, settings and values that were seen, with a margin: nothing is stored. Each run is the code of a job that its steps name, "
                + "or a device and a time. What not all runs had may be left out.")
            .Produces<Blueprint>().ProducesProblem(400).ProducesProblem(403).WithMetadata(AllowedRoles.DraftingBlueprints);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, AllowedRoles roles) =>
        route.ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(roles);

    private static async Task<IResult> ListAsync(
        BlueprintId id, [Description("The `next` of the page before.")] int? before, int? limit, HttpContext context, BlueprintStore blueprints, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        return await blueprints.ListAsync(context.Organization(), id, before, count + 1, cancellationToken) is not { } rows
            ? Problems.NotFound("blueprint")
            : TypedResults.Ok(rows.ToPage(count, row => row, row => row.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static async Task<IResult> FindAsync(BlueprintId id, int number, HttpContext context, BlueprintStore blueprints, CancellationToken cancellationToken) =>
        await blueprints.FindAsync(context.Organization(), id, number, cancellationToken) is { } version
            ? WorkflowAnswers.OfVersion()(new WorkflowOutcome<BlueprintVersion>.Done(version))
            : Problems.NotFound("version of this blueprint");

    private static async Task<IResult> DraftAsync(BlueprintId id, Blueprint document, HttpContext context, BlueprintStore blueprints, CancellationToken cancellationToken)
    {
        if (FaultOf(document) is { } fault) return fault;
        Func<WorkflowOutcome<BlueprintVersion>, IResult> answer = WorkflowAnswers.OfVersion(StatusCodes.Status201Created);
        return answer(await blueprints.DraftAsync(
            context.Organization(), id, document, new UserId(context.AccessToken().Holder), context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static async Task<IResult> ReplaceAsync(
        BlueprintId id, int number, Blueprint document, HttpContext context, BlueprintStore blueprints, CancellationToken cancellationToken)
    {
        (long? version, ProblemHttpResult? stale) = RegistryHandlers.ReadVersion(context.Request, isRequired: true);
        return stale ?? FaultOf(document) ?? WorkflowAnswers.OfVersion()(await blueprints.ReplaceAsync(
            context.Organization(), id, number, version, document, new UserId(context.AccessToken().Holder), context.UserDoer(), cancellationToken));
    }

    private static async Task<IResult> ApproveAsync(
        BlueprintId id, int number, SignRequest request, HttpContext context, BlueprintStore blueprints, Signing signing, IRecordSigner signer,
        CancellationToken cancellationToken)
    {
        (long? version, ProblemHttpResult? stale) = RegistryHandlers.ReadVersion(context.Request, isRequired: true);
        if (stale is not null) return stale;
        if (await blueprints.FindAsync(context.Organization(), id, number, cancellationToken) is null) return Problems.NotFound("version of this blueprint");
        (Signer? who, ProblemHttpResult? problem) = await signing.ProveAsync(
            context, request, new AuditSubject(AuditSubject.Blueprint, id.Value), SignatureFacts.Approved, cancellationToken);
        if (who is null) return problem!;
        Func<WorkflowOutcome<BlueprintVersion>, IResult> answer = WorkflowAnswers.OfVersion();
        return answer(await blueprints.ApproveAsync(
            context.Organization(), id, number, version, who, signer, context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static async Task<IResult> RetireAsync(
        BlueprintId id, int number, ReasonRequest request, HttpContext context, BlueprintStore blueprints, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault) return fault;
        Func<WorkflowOutcome<BlueprintVersion>, IResult> answer = WorkflowAnswers.OfVersion();
        return answer(await blueprints.RetireAsync(
            context.Organization(), id, number, request.Reason.Trim(), new UserId(context.AccessToken().Holder), context.UserDoer(), context.AnswerInTransaction(answer),
            cancellationToken));
    }

    private static async Task<IResult> ProposeAsync(ProposalRequest request, HttpContext context, JobQueries jobs, CancellationToken cancellationToken)
    {
        if (FaultOf(request) is { } fault) return fault;
        RunReference[] runs = [.. request.Runs.Select(run => new RunReference(run.Code, run.Device, run.From, run.To))];
        List<List<DoneStep>> done = await jobs.ReadRunsAsync(context.Organization(), runs, request.Series, cancellationToken);
        int empty = done.FindIndex(run => run.Count == 0);
        if (empty >= 0) return Problems.InvalidRequest($"/runs/{empty}", "No step of this run is stored.");
        return Proposal.Of([.. done], request.MarginPercent / 100, request.Series?.ToHashSet(StringComparer.Ordinal)) is { } proposed
            ? TypedResults.Ok(proposed)
            : Problems.InvalidRequest("/runs", $"They are too unlike: there is no step that all of them had in order, or there are more than {BlueprintRules.PlacesMax} in all.");
    }

    private static ProblemHttpResult? FaultOf(ProposalRequest request)
    {
        if (request.Runs.Count is 0 or > RunsMax) return Problems.InvalidRequest("/runs", $"Name 1 to {RunsMax} runs.");
        if (request.MarginPercent is not (>= 0 and <= 1000)) return Problems.InvalidRequest("/margin_percent", "It is 0 to 1000.");
        for (int i = 0; i < request.Runs.Count; i++)
        {
            if (request.Runs[i] is not { } run) return Problems.InvalidRequest($"/runs/{i}", "It is null.");
            bool isByCode = run.Code is not null && run is { Device: null, From: null, To: null };
            bool isByDevice = run is { Code: null, Device: not null, From: not null, To: not null } && run.From < run.To && run.From > StepLimits.EarliestTime && run.To < StepLimits.EarliestTime.AddYears(1000);
            if (!isByCode && !isByDevice) return Problems.InvalidRequest($"/runs/{i}", "Give a `code`; or a `device`, and a time `from` which and `to` which.");
            if (run.Code is { } code && (code.Length is 0 or > StepLimits.NameCharsMax || !StorableText.Is(code))) return Problems.InvalidRequest($"/runs/{i}/code", $"A code has 1 to {StepLimits.NameCharsMax} characters.");
        }

        return request.Series is { } series && (series.Count > StepLimits.SeriesPerStepMax || series.Any(name => name is null || !StorableText.Is(name)))
            ? Problems.InvalidRequest("/series", $"Name {StepLimits.SeriesPerStepMax} series at most.")
            : null;
    }

    private static ProblemHttpResult? FaultOf(Blueprint document)
    {
        IReadOnlyList<(string Pointer, string Detail)> faults = BlueprintRules.Faults(document);
        return faults.Count == 0 ? null : Problems.InvalidRequest([.. faults.Take(100).Select(fault => new FieldError(fault.Pointer, fault.Detail))]);
    }
}

/// <param name="Runs">Of each the steps are taken as one part's way.</param>
/// <param name="MarginPercent">By what part of itself a bound is moved outwards.</param>
/// <param name="Series">The names of those that get limits; null for all that every run had, none for no limits.</param>
public sealed record ProposalRequest(IReadOnlyList<ProposalRun> Runs, double MarginPercent = 20, IReadOnlyList<string>? Series = null);

/// <param name="Code">Of a job, as its steps name it; whether there is such a job does not matter.</param>
public sealed record ProposalRun(string? Code = null, DeviceId? Device = null, DateTimeOffset? From = null, DateTimeOffset? To = null);
