using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Options;
using StepCloud.Api.Http;
using StepCloud.Api.Tokens;
using StepCloud.Storage;

namespace StepCloud.Api.Live;

/// <summary>Streams what happens, as Server-Sent Events, from a position on and for as long as the watcher may and will read.</summary>
/// <remarks>
/// The watcher joins its pump first, and then reads from the database what it has missed up to there: what is committed meanwhile waits for it, and what it
/// has read already is left out by its position. So nothing is missed, and nothing is shown twice.
/// </remarks>
internal sealed class LiveStream(
    LiveHub hub, LiveFeed feed, LiveEvents events, IOptions<LiveOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    public const string MediaType = "text/event-stream";

    private static readonly TimeSpan HeartBeatEvery = TimeSpan.FromSeconds(15);

    /// <param name="after">What its reader has seen; null for from now on.</param>
    public async Task<IResult> OpenAsync(HttpContext context, LiveScope scope, LivePosition? after)
    {
        AccessToken token = context.AccessToken();
        using CancellationTokenSource expiry = new(Later(token.ExpiresAt - clock.GetUtcNow()), clock);
        using CancellationTokenSource ends =
            CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, context.RequestAborted, lifetime.ApplicationStopping);
        using LiveWatcher watcher = new(token, options.Value, ends.Token);
        if (hub.Enter(scope, watcher) is not { } pump)
        {
            context.Response.Headers.RetryAfter = "60";
            return Problems.Of(ProblemKinds.TooManyWatchers, "Close other streams first.");
        }

        try
        {
            (LivePosition position, LiveEvent[] states) = await pump.JoinAsync(watcher, watcher.Closed);
            await using ITimer heart = clock.CreateTimer(_ => watcher.Offer(LiveEvent.HeartBeat), null, HeartBeatEvery, HeartBeatEvery);
            Begin(context.Response);
            await RunAsync(context.Response.BodyWriter, watcher, new Shown(scope, position, after), states);
        }
        catch (OperationCanceledException) when (watcher.Closed.IsCancellationRequested)
        {
            // What is on its way may wait for a reader who does not read.
            if (context.Response.HasStarted) context.Abort();
        }
        catch (StorageException) when (context.Response.HasStarted)
        {
            // He comes again from where he was.
            context.Abort();
        }
        finally
        {
            await hub.LeaveAsync(pump, watcher);
        }

        return Results.Empty;
    }

    private static void Begin(HttpResponse response)
    {
        response.ContentType = MediaType;
        // For nginx, which gathers answers otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    private async Task RunAsync(PipeWriter writer, LiveWatcher watcher, Shown shown, LiveEvent[] states)
    {
        // So that the headers go out at once, and how long to wait before coming again, ms.
        writer.Write("retry: 2000\n\n"u8);
        shown.WriteBeginning(writer);
        foreach (LiveEvent state in states) shown.Write(writer, state);
        await writer.FlushAsync(watcher.Closed);
        await shown.CatchUpAsync(writer, feed, events, watcher.Closed);
        while (true)
        {
            try
            {
                await watcher.WaitAsync();
            }
            catch (OperationCanceledException)
            {
                // Nothing is on its way: the stream ends as streams do.
                return;
            }

            while (watcher.TryTake(out LiveEvent item)) shown.Write(writer, item);
            await writer.FlushAsync(watcher.Closed);
        }
    }

    private static TimeSpan Later(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    /// <summary>How far one stream has come.</summary>
    private sealed class Shown(LiveScope scope, LivePosition joined, LivePosition? after)
    {
        private LivePosition _position = after ?? joined;

        /// <summary>An id alone, which is no event: a stream that breaks before its first one is continued from where it began.</summary>
        public void WriteBeginning(PipeWriter writer)
        {
            if (after is null) writer.Write(LiveEvents.Id(_position));
        }

        public void Write(PipeWriter writer, LiveEvent item)
        {
            if (item.After(_position) is not { } next) return;
            _position = next;
            writer.Write(item.Lines);
            writer.Write(item.Kind is LiveEventKind.Samples or LiveEventKind.Step ? LiveEvents.Id(_position) : "\n"u8);
        }

        /// <summary>Up to where the watcher has joined its pump, and perhaps a little further.</summary>
        public async Task CatchUpAsync(PipeWriter writer, LiveFeed feed, LiveEvents events, CancellationToken cancellationToken)
        {
            if (after is not { } told) return;
            LivePosition end = await feed.FindEndAsync(scope, cancellationToken);
            // Ahead of everything is who comes from a database that was set back.
            if (told.Steps > end.Steps || told.Telemetry > end.Telemetry || await feed.IsForgottenAsync(told, cancellationToken))
            {
                _position = joined;
                await ResetAsync(writer, cancellationToken);
                return;
            }

            LiveNews news;
            do
            {
                news = await feed.ReadAfterAsync(scope, _position, cancellationToken);
                foreach (LiveItem item in news.Items) Write(writer, events.Of(item));
                await writer.FlushAsync(cancellationToken);
            }
            while (news.HasMore);

            // Whether a day was dropped while it was read.
            if (await feed.IsForgottenAsync(told, cancellationToken)) await ResetAsync(writer, cancellationToken);
        }

        private async Task ResetAsync(PipeWriter writer, CancellationToken cancellationToken)
        {
            writer.Write(LiveEvents.Reset(_position));
            await writer.FlushAsync(cancellationToken);
        }
    }
}
