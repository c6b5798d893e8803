using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Api.Http;
using StepCloud.Api.Recordings;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Folders;

namespace StepCloud.Api.Folders;

/// <summary>What a link opens, for somebody without an account. The page `/shared` is made of these.</summary>
internal static class SharedEndpoints
{
    private static readonly string[] MediaTypes = [.. RecordingType.All.Select(type => type.MediaType)];

    public static void MapShared(this RouteGroupBuilder group)
    {
        group.MapPost("/shared", OpenAsync).AllowAnonymous().WithSummary("Open a folder that somebody shares")
            .WithDescription(
                "With what stands behind the `#` of the link. Sets the cookie that the two below ask for, which is good for 15 minutes after its last use. Unknown, revoked and "
                + "expired links are answered alike.")
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(404).ProducesProblem(429);
        group.MapGet("/shared/{link}/recordings", ListAsync).AllowAnonymous().WithMetadata(OfSharedLink.Instance).WithSummary("What an opened link shows, the newest recording first")
            .Produces<SharedRecordingsResponse>().ProducesProblem(401);
        group.MapGet("/shared/{link}/recordings/{id}/content", ReadAsync).AllowAnonymous().WithMetadata(OfSharedLink.Instance)
            .WithSummary("The content of a recording that an opened link shows, or a range of it")
            .WithDescription(
                "As `GET /api/v1/recordings/{id}/content`. All that is read of a recording after one opening counts as one download. It breaks off when the link ends, or a consent does.")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypes[0], additionalContentTypes: MediaTypes[1..])
            .Produces(StatusCodes.Status206PartialContent, contentType: MediaTypes[0], additionalContentTypes: MediaTypes[1..])
            .Produces(StatusCodes.Status304NotModified).ProducesProblem(401).ProducesProblem(404).ProducesProblem(409).ProducesProblem(416).ProducesProblem(503);
    }

    private static Task<Results<Ok<SharedLinkOpened>, ProblemHttpResult>> OpenAsync(
        [FromHeader(Name = "Share-Token"), Description("What stands behind the `#` of the link.")] string? token, OpenSharedLinkRequest request, HttpContext context,
        LinkOpening opening, CancellationToken cancellationToken) => opening.OpenAsync(context, token, request.Password, cancellationToken);

    private static async Task<Results<Ok<SharedRecordingsResponse>, ProblemHttpResult>> ListAsync(
        FolderLinkId link, HttpContext context, LinkOpening opening, LinkLimit limit, SharedLinks links, CancellationToken cancellationToken)
    {
        if (await opening.FindAsync(context, link, cancellationToken) is not { } grant) return Problems.Of(ProblemKinds.LinkNotOpened);
        if (limit.Refusal(context, link) is { } refusal) return refusal;
        var shown = await links.ListAsync(grant, RecordingName.Open, cancellationToken);
        return TypedResults.Ok(new SharedRecordingsResponse(
            [.. shown.Select(one => new SharedRecordingResponse(one.Recording.Id, one.Name, one.Recording.MediaType, one.Recording.ReceivedBytes, one.Recording.Stored!.At))]));
    }

    private static async Task<IResult> ReadAsync(
        FolderLinkId link, RecordingId id, HttpContext context, LinkOpening opening, LinkLimit limit, SharedLinks links, RecordingContent content, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (await opening.FindAsync(context, link, cancellationToken) is not { } grant) return Problems.Of(ProblemKinds.LinkNotOpened);
        if (limit.Refusal(context, link) is { } refusal) return refusal;
        return await links.SharesAsync(grant, id, cancellationToken)
            ? await content.AnswerAsync(id, context, new LinkContentRight(context, grant, links, clock), cancellationToken)
            : Problems.NotFound("recording");
    }
}

/// <summary>Stands on the routes of what an opened link shows: they take its cookie.</summary>
internal sealed class OfSharedLink
{
    /// <summary>The cookie's scheme in the document.</summary>
    public const string SchemeName = "shared_link";

    public static readonly OfSharedLink Instance = new();
}
