using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Recordings;
using StepCloud.Api.Registry;
using StepCloud.Api.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Folders;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Folders;

/// <summary>Folders of recordings that are to be shared. What they are called is sealed, as names of recordings are.</summary>
internal static class FolderEndpoints
{
    public static void MapFolders(this RouteGroupBuilder group)
    {
        group.MapGet("/folders", ListAsync).WithSummary("Folders, newest first").WithDescription("`before` takes the last page's `next`.")
            .ProducesProblem(400).ProducesProblem(403).WithMetadata(AllowedRoles.SharingRecordings);
        group.MapGet("/folders/{id}", FindAsync).WithSummary("A folder").WithDescription("The ETag is its version.")
            .Produces<FolderView>().ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.SharingRecordings);
        group.MapPost("/folders", CreateAsync).WithSummary("Make a folder").WithDescription("Whoever has a link sees what it is called.")
            .Produces<FolderView>(StatusCodes.Status201Created).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409)
            .WithMetadata(AllowedRoles.SharingRecordings, OneTransaction.Instance);
        group.MapPut("/folders/{id}", ReplaceAsync).WithSummary("Change a folder's name and note").WithDescription("What is left out is taken away. `If-Match` names the folder that was read.")
            .Produces<FolderView>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(412).ProducesProblem(428)
            .WithMetadata(AllowedRoles.SharingRecordings);
        group.MapDelete("/folders/{id}", DeleteAsync).WithSummary("Delete a folder: its links open nothing from then on").WithDescription("Its recordings stay.")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.SharingRecordings);
        group.MapGet("/folders/{id}/recordings", ListRecordingsAsync).WithSummary("What a folder holds, the newest recording first")
            .WithDescription($"All of it: a folder holds at most {FolderStore.RecordingsMax} recordings. Of each whether links show it.")
            .Produces<FolderContentsResponse>().ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.SharingRecordings);
        group.MapPut("/folders/{id}/recordings/{recording}", AddRecordingAsync).WithSummary("Put a recording into a folder")
            .WithDescription("Whatever it is of. One of a case is shown by links only while consents to recordings and to sharing hold.")
            .Produces<FolderView>().ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(AllowedRoles.SharingRecordings);
        group.MapDelete("/folders/{id}/recordings/{recording}", RemoveRecordingAsync).WithSummary("Take a recording out of a folder: links show it no more")
            .Produces<FolderView>().ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.SharingRecordings);
    }

    private static async Task<Results<Ok<Page<FolderView>>, ProblemHttpResult>> ListAsync(
        FolderId? before, int? limit, HttpContext context, FolderStore folders, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        List<FolderView> rows = await folders.ListAsync(context.Organization(), before, count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, row => row, row => row.Id.ToString()));
    }

    private static async Task<IResult> FindAsync(FolderId id, HttpContext context, FolderStore folders, CancellationToken cancellationToken) =>
        await folders.FindAsync(context.Organization(), id, cancellationToken) is { } folder ? Tagged(folder, StatusCodes.Status200OK) : Problems.NotFound("folder");

    private static async Task<IResult> CreateAsync(FolderRequest request, HttpContext context, FolderStore folders, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault) return fault;
        Func<WorkflowOutcome<FolderView>, IResult> answer = Answer(StatusCodes.Status201Created);
        return answer(await folders.CreateAsync(context.Organization(), request.Fields, context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static async Task<IResult> ReplaceAsync(FolderId id, FolderRequest request, HttpContext context, FolderStore folders, CancellationToken cancellationToken)
    {
        if (request.Fault() is { } fault) return fault;
        (long? version, var problem) = RegistryHandlers.ReadVersion(context.Request, isRequired: true);
        return problem ?? Answer()(await folders.ReplaceAsync(context.Organization(), id, version, request.Fields, context.UserDoer(), cancellationToken));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(FolderId id, HttpContext context, FolderStore folders, CancellationToken cancellationToken) =>
        await folders.DeleteAsync(context.Organization(), id, context.UserDoer(), cancellationToken) ? TypedResults.NoContent() : Problems.NotFound("folder");

    private static async Task<IResult> ListRecordingsAsync(FolderId id, HttpContext context, FolderStore folders, CancellationToken cancellationToken) =>
        await folders.ListRecordingsAsync(context.Organization(), id, RecordingName.Open, cancellationToken) is { } held
            ? TypedResults.Ok(new FolderContentsResponse([.. held.Select(one => new FolderRecordingResponse(RecordingResponse.Of(one.Recording, one.Name), one.IsShared))]))
            : Problems.NotFound("folder");

    private static async Task<IResult> AddRecordingAsync(FolderId id, RecordingId recording, HttpContext context, FolderStore folders, CancellationToken cancellationToken) =>
        Answer()(await folders.AddRecordingAsync(context.Organization(), id, recording, context.UserDoer(), cancellationToken));

    private static async Task<IResult> RemoveRecordingAsync(FolderId id, RecordingId recording, HttpContext context, FolderStore folders, CancellationToken cancellationToken) =>
        Answer()(await folders.RemoveRecordingAsync(context.Organization(), id, recording, context.UserDoer(), cancellationToken));

    private static Func<WorkflowOutcome<FolderView>, IResult> Answer(int status = StatusCodes.Status200OK) => outcome => outcome switch
    {
        WorkflowOutcome<FolderView>.Done { Value: var view } => Tagged(view, status),
        WorkflowOutcome<FolderView>.NotDone { Why: var why } => WorkflowAnswers.ProblemOf(why),
        _ => throw new UnreachableException(),
    };

    private static WorkflowAnswers.Tagged<FolderView> Tagged(FolderView view, int status) => new(view, view.Version, status, $"/api/v1/folders/{view.Id}");
}
