using Microsoft.Net.Http.Headers;
using StepCloud.Api.Http;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Sessions;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Answers with what a recording holds: all of it, or a range.</summary>
internal sealed partial class RecordingContent(RecordingStore recordings, RecordingPlaces places, ApiMetrics metrics, ILogger<RecordingContent> logger)
{
    public static Task<IResult> ReadAsync(
        RecordingId id, HttpContext context, RecordingContent content, RecordingReads reads, OpenSessions sessions, TimeProvider clock, CancellationToken cancellationToken) =>
        content.AnswerAsync(id, context, new SessionContentRight(context, reads, sessions, clock), cancellationToken);

    public async Task<IResult> AnswerAsync(RecordingId id, HttpContext context, IContentRight right, CancellationToken cancellationToken)
    {
        if (await recordings.OpenAsync(right.Organization, id, cancellationToken) is not { Recording: { IsStored: true } recording, Key: var key }) return Problems.NotFound("recording");
        using (key)
        {
            if (right.Refusal(recording) is { } refusal) return refusal;
            if (key is null) return Problems.ConsentMissing();
            string tag = $"\"{Convert.ToHexStringLower(recording.Stored!.ContentHash)}\"";
            bool isKnown = context.Request.GetTypedHeaders().IfNoneMatch.Any(given => given.Tag == "*" || given.Tag == tag);
            if (!isKnown && ContentRange.Read(context.Request, tag, recording.ReceivedBytes) is { } range) return await SendAsync(context, recording, key, tag, range, right, cancellationToken);
            // To be told its hash, or how long it is, is to have read of it.
            if (await right.EnterAsync(recording, cancellationToken) is { } notEntered) return notEntered;
            WriteTag(context.Response, tag);
            if (isKnown) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
            context.Response.Headers.ContentRange = new ContentRangeHeaderValue(recording.ReceivedBytes).ToString();
            return Problems.Of(ProblemKinds.RangeNotSatisfiable);
        }
    }

    private async Task<IResult> SendAsync(
        HttpContext context, Recording recording, SecretKey key, string tag, ContentRange range, IContentRight right, CancellationToken cancellationToken)
    {
        IStoredBytes stored;
        try
        {
            (long from, long until) = RecordingFormat.FramesOf(range.From, range.Count);
            stored = await places.OpenAsync(recording, from, until, cancellationToken);
        }
        catch (StoreAwayException e)
        {
            return Away(context, recording, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(logger, e, recording.Id.Value);
            return Problems.Of(ProblemKinds.RecordingDamaged, "Its file cannot be opened.");
        }

        await using (stored)
        {
            using ChunkOpener opener = new(key.Value, recording.Id.Value);
            if (stored.Length != recording.Stored!.Bytes) return Problems.Of(ProblemKinds.RecordingDamaged, "Its file is cut off.");
            // Before the first byte: who has read is known, whatever comes then.
            if (await right.EnterAsync(recording, cancellationToken) is { } refusal) return refusal;
            WriteTag(context.Response, tag);
            WriteHeaders(context.Response, recording, range, RecordingName.Open(recording, key));
            RecordingReader reader = new(opener, stored, recording.ReceivedBytes);
            try
            {
                await reader.CopyAsync(range.From, range.Count, piece => SendAsync(context.Response, piece, right, recording, cancellationToken), cancellationToken);
                metrics.RecordingRead(range.Count);
            }
            catch (StoreAwayException e)
            {
                if (!context.Response.HasStarted) return Away(context, recording, e);
                LogAway(logger, e, recording.Id.Value);
                context.Abort();
            }
            catch (Exception e) when (e is RecordingBrokenException or IOException && !cancellationToken.IsCancellationRequested)
            {
                LogUnreadable(logger, e, recording.Id.Value);
                if (!context.Response.HasStarted)
                {
                    ClearHeaders(context.Response);
                    return Problems.Of(ProblemKinds.RecordingDamaged, e is RecordingBrokenException broken ? broken.Fault.ToString() : null);
                }

                // Half an answer must not look like a whole one.
                context.Abort();
            }

            return TypedResults.Empty;
        }
    }

    private Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Away(HttpContext context, Recording recording, StoreAwayException exception)
    {
        LogAway(logger, exception, recording.Id.Value);
        ClearHeaders(context.Response);
        return Problems.RecordingStoreAway(context);
    }

    private async ValueTask SendAsync(HttpResponse response, ReadOnlyMemory<byte> piece, IContentRight right, Recording recording, CancellationToken cancellationToken)
    {
        if (right.IsDue && !(await right.HoldsAsync(recording, cancellationToken) && await recordings.MayBeReadAsync(recording.Id, cancellationToken)))
        {
            response.HttpContext.Abort();
            throw new OperationCanceledException("Whoever reads may no longer.");
        }

        await response.BodyWriter.WriteAsync(piece, cancellationToken);
    }

    private static void WriteTag(HttpResponse response, string tag)
    {
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "private, no-cache";
    }

    private static void WriteHeaders(HttpResponse response, Recording recording, ContentRange range, string? name)
    {
        IHeaderDictionary headers = response.Headers;
        headers.AcceptRanges = "bytes";
        headers.ContentType = recording.MediaType;
        headers.ContentDisposition = RecordingName.Disposition(recording, name);
        // Should a browser show it all the same: without scripts, forms and an origin.
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        headers.ContentLength = range.Count;
        if (!range.IsPart) return;
        response.StatusCode = StatusCodes.Status206PartialContent;
        headers.ContentRange = new ContentRangeHeaderValue(range.From, range.From + range.Count - 1, recording.ReceivedBytes).ToString();
    }

    private static void ClearHeaders(HttpResponse response)
    {
        foreach (string name in (string[])[HeaderNames.AcceptRanges, HeaderNames.ContentType, HeaderNames.ContentDisposition, HeaderNames.ContentLength, HeaderNames.ContentRange, HeaderNames.ETag])
            response.Headers.Remove(name);
    }

    [LoggerMessage(4708, LogLevel.Warning, "Recording {Recording} could not be read to the end: the place where it lies does not answer")]
    private static partial void LogAway(ILogger logger, Exception exception, Guid recording);

    [LoggerMessage(4222, LogLevel.Error, "Recording {Recording} cannot be read as it was stored")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, Guid recording);
}

/// <summary>What of the content is asked for.</summary>
internal readonly record struct ContentRange(long From, long Count, bool IsPart)
{
    /// <summary>RFC 9110 §14.2: one range; where several are asked for, or none can be read, all of it.</summary>
    /// <returns>Null when there is nothing in the range.</returns>
    public static ContentRange? Read(HttpRequest request, string tag, long length)
    {
        ContentRange all = new(0, length, IsPart: false);
        if (request.GetTypedHeaders().Range is not { Unit.Value: "bytes", Ranges: { Count: 1 } ranges }) return all;
        // A time is never the newest version here: only the tag says that the parts fit together (RFC 9110 §13.1.5).
        string ifRange = request.Headers.IfRange.ToString();
        if (ifRange.Length > 0 && ifRange != tag) return all;
        RangeItemHeaderValue range = ranges.First();
        long from = range.From ?? Math.Max(0, length - range.To!.Value);
        long to = range.From is null ? length - 1 : Math.Min(range.To ?? long.MaxValue, length - 1);
        return from > to || from >= length ? null : new ContentRange(from, to - from + 1, IsPart: true);
    }
}
