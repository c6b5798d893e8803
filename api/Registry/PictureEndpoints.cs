using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using StepCloud.Api.Http;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>The picture of a device model: everybody sees it, administrators change it.</summary>
internal static class PictureEndpoints
{
    private static readonly string Path = $"/{Entities.DeviceModel.Path}/{{id}}/picture";

    /// <summary>A picture stays for years; who has looked within the hour need not ask.</summary>
    private const string Caching = "private, max-age=3600";

    public static void MapModelPictures(this RouteGroupBuilder group) =>
        group.MapGet(Path, FindAsync).WithMetadata(new RegistryOperation(Entities.DeviceModel, RegistryAction.FindPicture));

    public static void MapModelPictureChanges(this RouteGroupBuilder group)
    {
        group.MapPut(Path, ReplaceAsync).WithMetadata(new RegistryOperation(Entities.DeviceModel, RegistryAction.ReplacePicture));
        group.MapDelete(Path, RemoveAsync).WithMetadata(new RegistryOperation(Entities.DeviceModel, RegistryAction.RemovePicture));
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> FindAsync(
        RegistryId id, HttpContext context, ModelPictures pictures, CancellationToken cancellationToken)
    {
        if (await pictures.FindAsync(id.Value, cancellationToken) is not { } picture) return Problems.NotFound("picture");
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = Caching;
        headers.ContentDisposition = $"inline; filename=\"{id.Value:D}.{picture.MediaType.Split('/')[1]}\"";
        return TypedResults.File(picture.Content, picture.MediaType, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(picture.Hash)}\""));
    }

    private static async Task<IResult> ReplaceAsync(RegistryId id, HttpContext context, ModelPictures pictures, CancellationToken cancellationToken)
    {
        (long? version, ProblemHttpResult? stale) = RegistryHandlers.ReadVersion(context.Request, isRequired: true);
        if (stale is not null) return stale;
        if (!PictureFormat.TryFind(context.Request.ContentType, out PictureFormat? format)) return Problems.Of(ProblemKinds.UnsupportedPicture);
        if (context.Request.ContentLength > PictureFormat.BytesMax || await ReadAsync(context.Request.Body, cancellationToken) is not { } content)
            return Problems.Of(ProblemKinds.TooLarge, $"A picture has {PictureFormat.BytesMax} bytes at most. Make it smaller: 1,000 pixels across are enough.");
        if (content.Length == 0) return Problems.Of(ProblemKinds.NotAPicture, "The body is empty. DELETE takes a picture away.");
        if (!format.Begins(content)) return Problems.Of(ProblemKinds.NotAPicture, $"The Content-Type says {format.Name}, and these bytes do not begin as one.");
        return Answer(await pictures.ReplaceAsync(id.Value, version, format.MediaType, content, RegistryScope.Of(context).Doer, cancellationToken));
    }

    private static async Task<IResult> RemoveAsync(RegistryId id, HttpContext context, ModelPictures pictures, CancellationToken cancellationToken)
    {
        (long? version, ProblemHttpResult? stale) = RegistryHandlers.ReadVersion(context.Request, isRequired: true);
        return stale ?? Answer(await pictures.RemoveAsync(id.Value, version, RegistryScope.Of(context).Doer, cancellationToken));
    }

    private static IResult Answer(RegistryOutcome outcome) => new RegistryHandlers(Entities.DeviceModel).Answer(outcome, StatusCodes.Status200OK);

    /// <returns>Null when there is more of it than a picture can have.</returns>
    private static async Task<byte[]?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[PictureFormat.BytesMax + 1];
        int length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length > PictureFormat.BytesMax ? null : buffer[..length];
    }
}
