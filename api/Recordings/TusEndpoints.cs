using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Uploads that can be gone on with: tus 1.0.0, with creation, termination, checksum and expiration (https://tus.io/protocols/resumable-upload).</summary>
/// <remarks>A protocol of its own, so not in the documents of the APIs. An upload's id is its recording's.</remarks>
internal static class TusEndpoints
{
    public const string Version = "1.0.0";

    private const string Extensions = "creation,termination,checksum,expiration";

    private const string MediaType = "application/offset+octet-stream";

    /// <summary>A PATCH ends when its body does, whatever is missing of the upload.</summary>
    private static readonly RequestSizeLimit SizeLimit = new(RecordingOptions.BytesLimit);

    public static void MapTus(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder users = app.MapGroup("/api/tus/v1").RequireAuthorization(Policies.User).ExcludeFromDescription().WithMetadata(AllowedRoles.ManagingRecordings, UploadSession.Taken);
        Map(users, RecordingEndpoints.SenderOfUser);
        RouteGroupBuilder gateways = app.MapGroup("/gateway/api/tus/v1").RequireAuthorization(Policies.Gateway).ExcludeFromDescription();
        Map(gateways, RecordingEndpoints.SenderOfGateway);
    }

    private static void Map(RouteGroupBuilder group, Func<HttpContext, RecordingSender> sender)
    {
        group.AddEndpointFilter(async (invocation, next) =>
        {
            HttpContext context = invocation.HttpContext;
            context.Response.Headers["Tus-Resumable"] = Version;
            if (HttpMethods.IsOptions(context.Request.Method) || context.Request.Headers["Tus-Resumable"] == Version) return await next(invocation);
            context.Response.Headers["Tus-Version"] = Version;
            return Problems.Of(ProblemKinds.TusVersion);
        });
        group.MapMethods("/recordings", ["OPTIONS"], (HttpContext context, Intake intake) => Options(context, intake));
        group.MapPost("/recordings", (HttpContext context, TusUploads uploads) => CreateAsync(context, sender(context), uploads));
        group.MapMethods("/recordings/{id}", ["HEAD"], (RecordingId id, HttpContext context, TusUploads uploads) => StandsAtAsync(id, context, sender(context), uploads));
        group.MapPatch("/recordings/{id}", (RecordingId id, HttpContext context, TusUploads uploads) => ContinueAsync(id, context, sender(context), uploads)).WithMetadata(SizeLimit);
        group.MapDelete("/recordings/{id}", (RecordingId id, HttpContext context, TusUploads uploads) => EndAsync(id, context, sender(context), uploads));
    }

    private static NoContent Options(HttpContext context, Intake intake)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers["Tus-Version"] = Version;
        headers["Tus-Extension"] = Extensions;
        headers["Tus-Max-Size"] = intake.Options.BytesMax.ToString(CultureInfo.InvariantCulture);
        headers["Tus-Checksum-Algorithm"] = BodyDigest.TusAlgorithms;
        return TypedResults.NoContent();
    }

    private static async Task<IResult> CreateAsync(HttpContext context, RecordingSender sender, TusUploads uploads)
    {
        if (ReadNumber(context, "Upload-Length") is not { } length || length == 0) return Problems.InvalidRequest("Upload-Length", "It must be there, and more than 0: how long the recording is, in bytes.");
        if (context.Request.ContentLength > 0) return Problems.InvalidRequest("", "An upload is begun without a body: send it with PATCH.");
        if (TusMetadata.Read(context.Request.Headers["Upload-Metadata"].ToString()) is not { } metadata)
            return Problems.InvalidRequest("Upload-Metadata", "It must be pairs of a name and a value in base64, with commas between them.");
        (Recording? begun, ProblemHttpResult? problem) = await uploads.CreateAsync(context, sender, metadata, length);
        if (begun is null) return problem!;
        WriteExpiry(context, begun.ExpiresAt);
        return TypedResults.Created($"{context.Request.Path}/{begun.Id}");
    }

    private static async Task<IResult> StandsAtAsync(RecordingId id, HttpContext context, RecordingSender sender, TusUploads uploads)
    {
        if (await uploads.FindAsync(sender, id, context.RequestAborted) is not { } upload) return Problems.NotFound("upload");
        WriteOffset(context, upload.ReceivedBytes);
        context.Response.Headers["Upload-Length"] = upload.DeclaredBytes!.Value.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.CacheControl = "no-store";
        WriteExpiry(context, upload.ExpiresAt);
        return TypedResults.Ok();
    }

    private static async Task<IResult> ContinueAsync(RecordingId id, HttpContext context, RecordingSender sender, TusUploads uploads)
    {
        if (context.Request.ContentType != MediaType) return Problems.Of(ProblemKinds.UnsupportedMediaType with { Title = $"The body must be {MediaType}." });
        if (ReadNumber(context, "Upload-Offset") is not { } offset) return Problems.InvalidRequest("Upload-Offset", "It must be there: where the body begins in the recording, in bytes.");
        if (!BodyDigest.TryReadUploadChecksum(context.Request.Headers["Upload-Checksum"], out BodyDigest? digest))
            return Problems.InvalidRequest("Upload-Checksum", $"It must be one of {BodyDigest.TusAlgorithms}, a space, and the checksum in base64.");
        using (digest)
        {
            switch (await uploads.ContinueAsync(context, sender, id, offset, digest))
            {
                case IntakeOutcome.Stored { Recording: var stored }: WriteOffset(context, stored.ReceivedBytes); return TypedResults.NoContent();
                case IntakeOutcome.Rests rests:
                    WriteOffset(context, rests.ReceivedBytes);
                    WriteExpiry(context, rests.ExpiresAt);
                    return TypedResults.NoContent();
                case IntakeOutcome.Refused { Problem: var problem }: return problem;
                // Nobody is there to read it.
                case IntakeOutcome.Gone: return TypedResults.StatusCode(499);
                default: throw new UnreachableException();
            }
        }
    }

    private static async Task<IResult> EndAsync(RecordingId id, HttpContext context, RecordingSender sender, TusUploads uploads) =>
        await uploads.EndAsync(sender, id, context.RequestAborted) is { } problem ? problem : TypedResults.NoContent();

    private static long? ReadNumber(HttpContext context, string header) =>
        long.TryParse(context.Request.Headers[header].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static void WriteOffset(HttpContext context, long offset) => context.Response.Headers["Upload-Offset"] = offset.ToString(CultureInfo.InvariantCulture);

    /// <summary>The form of RFC 9110 §5.6.7, as tus has it.</summary>
    private static void WriteExpiry(HttpContext context, DateTimeOffset? expiresAt)
    {
        if (expiresAt is { } at) context.Response.Headers["Upload-Expires"] = at.ToString("R", CultureInfo.InvariantCulture);
    }
}
