using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Storage.Registry;
using StepCloud.Storage.Retention;

namespace StepCloud.Api.Retention;

/// <summary>What is kept whatever the rules of retention say.</summary>
internal static class LegalHoldEndpoints
{
    private const string Path = "/legal-holds";

    private const int ReasonCharsMax = 500;

    public static void MapLegalHolds(this RouteGroupBuilder group)
    {
        group.MapGet(Path, ListAsync).WithSummary("Legal holds, the newest first").WithDescription("Released ones too: they are never deleted.").ProducesProblem(400);
        group.MapGet(Path + "/{id}", FindAsync).WithSummary("A legal hold").ProducesProblem(404);
        group.MapPost(Path, PlaceAsync).WithSummary("Place a legal hold")
            .WithDescription("Owners only. With a device, a job, both (that job on that device) or neither (everything). From the answer on nothing of it is thinned or dropped.")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).WithMetadata(AllowedRoles.ManagingRetention);
        group.MapPost(Path + "/{id}/release", ReleaseAsync).RequirePasswordSession().WithSummary("Release a legal hold")
            .WithDescription("Owners only. What is due by then is taken away within the next days. Released twice it is as it was after the first time.")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ManagingRetention);
    }

    private static async Task<Results<Ok<Page<LegalHoldResponse>>, ProblemHttpResult>> ListAsync(
        [Description("Only those that are open (true), or only released ones (false).")] bool? open,
        [Description("The `next` of the page before.")] LegalHoldId? before,
        int? limit, HttpContext context, LegalHolds holds, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        List<LegalHold> rows = await holds.ListAsync(context.Organization(), open, before, count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, LegalHoldResponse.Of, hold => hold.Id.ToString()));
    }

    private static async Task<Results<Ok<LegalHoldResponse>, ProblemHttpResult>> FindAsync(
        LegalHoldId id, HttpContext context, LegalHolds holds, CancellationToken cancellationToken) =>
        await holds.FindAsync(context.Organization(), id, cancellationToken) is { } hold ? TypedResults.Ok(LegalHoldResponse.Of(hold)) : Problems.NotFound("legal hold");

    private static async Task<Results<Created<LegalHoldResponse>, ProblemHttpResult>> PlaceAsync(
        PlaceLegalHoldRequest request, HttpContext context, LegalHolds holds, RegistryStore registry, CancellationToken cancellationToken)
    {
        if (ReasonFault(request.Reason) is { } fault) return fault;
        if (request.Job is { } job && (job.Length is 0 or > StepLimits.NameCharsMax || !StorableText.Is(job)))
            return Problems.InvalidRequest("/job", $"It must be a job's code of 1 to {StepLimits.NameCharsMax} characters, or left out for all.");
        if (request.Device is { } device && await registry.FindAsync(Entities.Device, device.Value, context.Organization(), cancellationToken) is null)
            return Problems.InvalidRequest("/device", "There is no such device in this organization.");
        return await holds.PlaceAsync(context.Organization(), request.Device, request.Job, request.Reason.Trim(), context.UserDoer(), cancellationToken) is { } hold
            ? TypedResults.Created($"/api/v1{Path}/{hold.Id}", LegalHoldResponse.Of(hold))
            : Problems.Of(ProblemKinds.TooManyLegalHolds, $"There can be {LegalHolds.OpenMax} open ones.");
    }

    private static async Task<Results<Ok<LegalHoldResponse>, ProblemHttpResult>> ReleaseAsync(
        LegalHoldId id, ReleaseLegalHoldRequest request, HttpContext context, LegalHolds holds, CancellationToken cancellationToken)
    {
        if (ReasonFault(request.Reason) is { } fault) return fault;
        return await holds.ReleaseAsync(context.Organization(), id, request.Reason.Trim(), context.UserDoer(), cancellationToken) is { } hold
            ? TypedResults.Ok(LegalHoldResponse.Of(hold))
            : Problems.NotFound("legal hold");
    }

    private static ProblemHttpResult? ReasonFault(string reason) => string.IsNullOrWhiteSpace(reason) || reason.Length > ReasonCharsMax || !StorableText.Is(reason)
        ? Problems.InvalidRequest("/reason", $"It must be a text of 1 to {ReasonCharsMax} characters: who asks later must find why.")
        : null;
}

/// <param name="Reason">Such as the number of the complaint.</param>
/// <param name="Device">Of that device alone.</param>
/// <param name="Job">Of that job alone.</param>
public sealed record PlaceLegalHoldRequest(string Reason, DeviceId? Device = null, string? Job = null);

/// <param name="Reason">Why it need not be kept any more.</param>
public sealed record ReleaseLegalHoldRequest(string Reason);

/// <param name="PlacedBy">Such as `user:` and the id.</param>
/// <param name="ReleasedAt">Null while it is open.</param>
public sealed record LegalHoldResponse(
    LegalHoldId Id, DeviceId? Device, string? Job, string Reason, DateTimeOffset PlacedAt, string PlacedBy, DateTimeOffset? ReleasedAt, string? ReleasedBy, string? ReleaseReason)
{
    public static LegalHoldResponse Of(LegalHold hold) => new(
        hold.Id, hold.Device, hold.Job, hold.Reason, hold.PlacedAt, hold.PlacedBy, hold.ReleasedAt, hold.ReleasedBy, hold.ReleaseReason);
}
