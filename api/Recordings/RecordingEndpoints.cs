using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Recordings as users and gateways bring them in one request, and as users find them.</summary>
internal static class RecordingEndpoints
{
    private const string Summary = "Bring a recording, as the bytes that it is";

    private const string Description =
        "The body is the file itself, and `Content-Type` says what it is, which its content must agree with. Answered when it is stored, sealed, on the disk. "
        + "What breaks off leaves nothing: for long films over bad lines docs/RECORDINGS.md has a way to go on (tus). `Content-Digest` with `sha-256` (RFC 9530) is held against what came.";

    private static readonly string[] MediaTypes = [.. RecordingType.All.Select(type => type.MediaType)];

    public static void MapGatewayRecordings(this RouteGroupBuilder group) => Describe(group.MapPost("/recordings", ReceiveOfGatewayAsync));

    public static void MapRecordings(this RouteGroupBuilder group)
    {
        // For an Idempotency-Key the whole body would have to be kept in memory.
        Describe(group.MapPost("/recordings", ReceiveAsync).WithMetadata(AllowedRoles.ManagingRecordings, UploadSession.Taken, NeverRemembered.Instance));
        group.MapGet("/recordings", ListAsync).WithSummary("Recordings, newest first").WithDescription("Of one step, device, job or case, or of all. `before` takes the last page's `next`.")
            .ProducesProblem(400);
        group.MapGet("/recordings/{id}", FindAsync).WithSummary("A recording, without its content").Produces<RecordingResponse>().ProducesProblem(404);
        group.MapGet("/recordings/{id}/content", RecordingContent.ReadAsync).WithSummary("The content of a recording, or a range of it")
            .WithDescription(
                "`Range` of one range, `If-Range`, `If-None-Match`: films can be sought in. An entry of the audit says that it is read, once in a quarter of an hour for each session. "
                + "It breaks off when the reader may read no longer, or a consent is withdrawn.")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypes[0], additionalContentTypes: MediaTypes[1..])
            .Produces(StatusCodes.Status206PartialContent, contentType: MediaTypes[0], additionalContentTypes: MediaTypes[1..])
            .Produces(StatusCodes.Status304NotModified).ProducesProblem(403).ProducesProblem(404).ProducesProblem(416).ProducesProblem(503);
        group.MapDelete("/recordings/{id}", DeleteAsync).WithSummary("Destroy a recording").WithDescription("Its key first, so that nobody can read it any more, wherever copies of its bytes are.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(404).WithMetadata(AllowedRoles.DeletingRecordings);
    }

    private static void Describe(RouteHandlerBuilder route) => route.WithSummary(Summary).WithDescription(Description)
        .Produces<RecordingResponse>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503).ProducesProblem(507)
        .WithMetadata(new RequestSizeLimit(RecordingOptions.BytesLimit), RecordingBody.Instance);

    private static Task<IResult> ReceiveAsync(
        [Description("The step that it is of; one of the four.")] StepId? step, [Description("The device that it is of.")] DeviceId? device,
        [Description("The job that it is of.")] JobId? job, [Description("The case that it is of.")] CaseId? @case,
        [Description("What the file is called, without a path.")] string? name, HttpContext context, WholeIntake intake) =>
        intake.ReceiveAsync(context, SenderOfUser(context), [.. Subjects(step, device), .. Subjects(job, @case)], name);

    private static Task<IResult> ReceiveOfGatewayAsync(
        [Description("The step that it is of, of a device of the gateway's site; or the device.")] StepId? step, [Description("The device that it is of.")] DeviceId? device,
        [Description("What the file is called, without a path.")] string? name, HttpContext context, WholeIntake intake) =>
        intake.ReceiveAsync(context, SenderOfGateway(context), Subjects(step, device), name);

    internal static RecordingSender SenderOfUser(HttpContext context)
    {
        AccessToken token = context.AccessToken();
        return new RecordingSender(context.Organization(), context.UserDoer(), token.Case is { } only ? new UploadScope(token.Session, only) : null);
    }

    internal static RecordingSender SenderOfGateway(HttpContext context) =>
        new(null, AuditDoer.Gateway(new GatewayId(context.AccessToken().Holder), context.Origin()));

    private static RecordingSubject[] Subjects(StepId? step, DeviceId? device) =>
        [.. Subject(RecordingSubject.Step, step?.Value), .. Subject(RecordingSubject.Device, device?.Value)];

    private static RecordingSubject[] Subjects(JobId? job, CaseId? of) => [.. Subject(RecordingSubject.Job, job?.Value), .. Subject(RecordingSubject.Case, of?.Value)];

    private static RecordingSubject[] Subject(string kind, Guid? id) => id is { } given ? [new RecordingSubject(kind, given)] : [];

    private static async Task<Results<Ok<Page<RecordingResponse>>, ProblemHttpResult>> ListAsync(
        [Description("Of that step.")] StepId? step, [Description("Of that device.")] DeviceId? device, [Description("Of that job.")] JobId? job,
        [Description("Of that case.")] CaseId? @case, RecordingId? before, int? limit, HttpContext context, RecordingStore recordings, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        RecordingSubject[] subjects = [.. Subjects(step, device), .. Subjects(job, @case)];
        if (subjects.Length > 1) return Problems.InvalidRequest("step", "Ask for one of step, device, job and case.");
        int count = limit ?? PageLimits.Default;
        List<(Recording Recording, string? Name)> rows = await recordings.ListAsync(
            context.Organization(), subjects is [var one] ? one : null, !AllowedRoles.ManagingCases.Lacks(context.AccessToken()), before, count + 1, RecordingName.Open, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, row => RecordingResponse.Of(row.Recording, row.Name), row => row.Recording.Id.ToString()));
    }

    private static async Task<Results<Ok<RecordingResponse>, ProblemHttpResult>> FindAsync(
        RecordingId id, HttpContext context, RecordingStore recordings, CancellationToken cancellationToken)
    {
        if (await recordings.OpenAsync(context.Organization(), id, cancellationToken) is not { Recording: { IsStored: true } recording, Key: var key }) return Problems.NotFound("recording");
        if (Refusal(context, recording) is { } refusal) return refusal;
        using (key) return TypedResults.Ok(RecordingResponse.Of(recording, key is null ? null : RecordingName.Open(recording, key)));
    }

    /// <summary>What is of a case is for those alone who may see cases.</summary>
    internal static ProblemHttpResult? Refusal(HttpContext context, Recording recording) =>
        recording.Case is not null && AllowedRoles.ManagingCases.Lacks(context.AccessToken()) ? Problems.NotAllowed(AllowedRoles.ManagingCases.Sentence) : null;

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        RecordingId id, HttpContext context, RecordingStore recordings, RecordingPlaces places, CancellationToken cancellationToken)
    {
        if (await recordings.DeleteAsync(context.Organization(), id, context.UserDoer(), cancellationToken) is not { } deleted) return Problems.NotFound("recording");
        // Nobody can read it any more: that its bytes stay for a while, when the place does not answer, is no fault of the request.
        await places.TryDeleteAsync(deleted.Store, deleted.StoredName, cancellationToken);
        return TypedResults.NoContent();
    }
}
