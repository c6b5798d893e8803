using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Mail;
using StepCloud.Api.Workflows;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Folders;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Folders;

/// <summary>Links to a folder, for those who share.</summary>
internal static class FolderLinkEndpoints
{
    public static void MapFolderLinks(this RouteGroupBuilder group)
    {
        group.MapGet("/folders/{id}/links", ListAsync).WithSummary("A folder's links, newest first, ended ones too")
            .WithDescription("With how often each was opened and used. `before` takes the last page's `next`.")
            .Produces<Page<FolderLinkView>>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.SharingRecordings);
        group.MapPost("/folders/{id}/links", CreateAsync).RequirePasswordSession().WithSummary("Make a link that opens a folder to somebody without an account")
            .WithDescription("It is shown this once. It ends when it is revoked, its time is over, the folder is deleted, or whoever made it may share no longer.")
            .Produces<FolderLinkCreated>(StatusCodes.Status201Created).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409)
            .WithMetadata(AllowedRoles.SharingRecordings, OneTransaction.Instance);
        group.MapPost("/folders/{id}/links/{link}/revoke", RevokeAsync).WithSummary("Revoke a link: it opens nothing from then on")
            .WithDescription("Downloads that are under way break off. For good: a revoked link is never used again.")
            .Produces<FolderLinkView>().ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.SharingRecordings, OneTransaction.Instance);
    }

    private static async Task<Results<Ok<Page<FolderLinkView>>, ProblemHttpResult>> ListAsync(
        FolderId id, FolderLinkId? before, int? limit, HttpContext context, FolderLinks links, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        return await links.ListAsync(context.Organization(), id, before, count + 1, cancellationToken) is { } rows
            ? TypedResults.Ok(rows.ToPage(count, row => row, row => row.Id.ToString()))
            : Problems.NotFound("folder");
    }

    private static async Task<IResult> CreateAsync(
        FolderId id, CreateFolderLinkRequest request, HttpContext context, FolderLinks links, FolderStore folders, IPasswordHasher passwords, IRefreshTokens tokens,
        IOptions<MailOptions> mail, TimeProvider clock, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (request.Fault(now) is { } fault) return fault;
        // Before a password is hashed for nothing.
        if (await folders.FindAsync(context.Organization(), id, cancellationToken) is null) return Problems.NotFound("folder");
        string token = tokens.Create();
        NewFolderLink link = new(
            tokens.Hash(token), request.Label.Trim(), request.Password is { } password ? await passwords.HashAsync(password, cancellationToken) : null,
            request.ExpiresAt ?? now + CreateFolderLinkRequest.DefaultLifetime, request.DownloadsMax);
        Func<WorkflowOutcome<FolderLinkView>, IResult> answer = Answer(view => TypedResults.Created(
            $"/api/v1/folders/{id}/links", new FolderLinkCreated(view, SharedPage.UrlOf(mail.Value.PublicUrl, token))));
        return answer(await links.CreateAsync(
            context.Organization(), id, link, new UserId(context.AccessToken().Holder), context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static async Task<IResult> RevokeAsync(FolderId id, FolderLinkId link, HttpContext context, FolderLinks links, CancellationToken cancellationToken)
    {
        Func<WorkflowOutcome<FolderLinkView>, IResult> answer = Answer(TypedResults.Ok);
        return answer(await links.RevokeAsync(context.Organization(), id, link, context.UserDoer(), context.AnswerInTransaction(answer), cancellationToken));
    }

    private static Func<WorkflowOutcome<FolderLinkView>, IResult> Answer(Func<FolderLinkView, IResult> done) => outcome => outcome switch
    {
        WorkflowOutcome<FolderLinkView>.Done { Value: var view } => done(view),
        WorkflowOutcome<FolderLinkView>.NotDone { Why: var why } => WorkflowAnswers.ProblemOf(why),
        _ => throw new UnreachableException(),
    };
}
