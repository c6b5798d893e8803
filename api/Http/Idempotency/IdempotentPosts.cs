using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Storage;

namespace StepCloud.Api.Http.Idempotency;

/// <summary>A POST with an Idempotency-Key is done once, and answered the same each time it comes within 24 hours.</summary>
/// <remarks>
/// It stands before the route reads its arguments, and not in a filter, which would come after: the body belongs to what the key stands for. It stands
/// behind authorization: what was kept is given to its holder alone, and only while he may ask for it.
/// </remarks>
internal sealed partial class IdempotentPosts(
    RequestDelegate next, IdempotentRequestStore requests, ISealing sealing, IRefreshTokens tokens, TimeProvider clock, ILogger<IdempotentPosts> logger)
{
    /// <summary>The longest that a request with a key is worked on. It then ends, so that an older claim is one that nobody works on.</summary>
    private static readonly TimeSpan AnsweringMax = TimeSpan.FromMinutes(2);

    /// <summary>From the end of a request to its answer being kept.</summary>
    private static readonly TimeSpan KeepingMax = TimeSpan.FromSeconds(30);

    public async Task InvokeAsync(HttpContext context)
    {
        if (!IsMeant(context))
        {
            await next(context);
            return;
        }

        if (!IdempotencyKey.TryRead(context.Request, out string? key))
        {
            await Problems.InvalidRequest(
                IdempotencyKey.Header, $"It must be one text of 1 to {IdempotencyKey.CharsMax} visible ASCII characters, such as a UUID.").ExecuteAsync(context);
            return;
        }

        if (key is null)
        {
            await next(context);
            return;
        }

        byte[] body = await ReadBodyAsync(context.Request, context.RequestAborted);
        Guid holder = context.AccessToken().Holder;
        bool inOneTransaction = context.GetEndpoint()?.Metadata.GetMetadata<OneTransaction>() is not null;
        IdempotentClaim claim = await requests.ClaimAsync(
            holder, key, Keyed(IdempotencyKey.HashOf(context.Request, body)), inOneTransaction, AnsweringMax + KeepingMax, context.RequestAborted);
        switch (claim)
        {
            case IdempotentClaim.Yours yours: await AnswerAsync(context, yours.Request, inOneTransaction, body); break;
            case IdempotentClaim.Answered kept: await KeptAnswer.Open(sealing, holder, key, kept.Answer).SendAsync(context); break;
            case IdempotentClaim.OtherRequest: await Problems.IdempotencyKeyReused().ExecuteAsync(context); break;
            case IdempotentClaim.InProgress: await Problems.IdempotencyInProgress(context).ExecuteAsync(context); break;
            case IdempotentClaim.InDoubt: await Problems.IdempotencyInDoubt().ExecuteAsync(context); break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Not to be told without the server's secret: there can be a password in a body, and whoever has the table must not be able to guess it by a fast hash.</summary>
    private byte[] Keyed(byte[] hash) => tokens.Hash(tokens.Successor("idempotent request " + Convert.ToHexString(hash)));

    /// <summary>Where nobody is signed in there is nobody whose key it could be; and what a route refuses to this session is not shown to it either.</summary>
    private static bool IsMeant(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method) && context.GetEndpoint()?.Metadata is { } route
        && route.GetMetadata<RememberedAnswers>() is not null && route.GetMetadata<NeverRemembered>() is null && route.GetMetadata<IAllowAnonymous>() is null && !PasswordSession.Refuses(context);

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using MemoryStream body = new();
        // The server ends it at the route's own limit (RequestSizeLimit).
        await request.Body.CopyToAsync(body, cancellationToken);
        return body.ToArray();
    }

    /// <summary>Has it answered by its route, keeps the answer, and only then sends it. Whoever has gone away meanwhile finds it when he comes again.</summary>
    private async Task AnswerAsync(HttpContext context, ClaimedRequest request, bool inOneTransaction, byte[] body)
    {
        CancellationToken aborted = context.RequestAborted;
        Stream connection = context.Response.Body;
        using CancellationTokenSource patience = new(AnsweringMax, clock);
        using MemoryStream answer = new();
        ProblemHttpResult? unknown = null;
        if (inOneTransaction) context.Features.Set(new IdempotentWork(request, sealing));
        context.Request.Body = new MemoryStream(body, writable: false);
        context.Response.Body = answer;
        context.RequestAborted = patience.Token;
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !inOneTransaction)
        {
            unknown = Problems.IdempotencyInDoubt();
        }
        catch (Exception e) when (e is ClaimLostException || (e is OperationCanceledException && patience.IsCancellationRequested))
        {
            await TryReleaseAsync(request);
            unknown = Problems.IdempotencyInProgress(context);
        }
        // An answer that was committed with the work is not released: so where it would be, it need not be known whether it was.
        catch (Exception e) when (inOneTransaction || e is not StorageException { IsCommitInDoubt: true })
        {
            await TryReleaseAsync(request);
            throw;
        }
        finally
        {
            context.RequestAborted = aborted;
            context.Response.Body = connection;
        }

        if (unknown is not null)
        {
            await unknown.ExecuteAsync(context);
            return;
        }

        await TryKeepAsync(request, KeptAnswer.Of(context.Response, answer.ToArray()));
        answer.Position = 0;
        await answer.CopyToAsync(connection, aborted);
    }

    /// <summary>What came to nothing, and may come to something at the next try, is not kept.</summary>
    /// <remarks>What was kept by its transaction stays as it is.</remarks>
    private async Task TryKeepAsync(ClaimedRequest request, KeptAnswer answer)
    {
        if (answer.Status is >= 500 or StatusCodes.Status429TooManyRequests)
        {
            await TryReleaseAsync(request);
            return;
        }

        try
        {
            using CancellationTokenSource patience = new(KeepingMax, clock);
            await requests.KeepAsync(request, answer.Status, answer.Seal(sealing, request.Holder, request.Key), patience.Token);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            // It was done, and is answered: only a second one with this key will be told that it is not known.
            LogNotKept(logger, e);
        }
    }

    private async Task TryReleaseAsync(ClaimedRequest request)
    {
        try
        {
            using CancellationTokenSource patience = new(KeepingMax, clock);
            await requests.ReleaseAsync(request, patience.Token);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            LogNotKept(logger, e);
        }
    }

    [LoggerMessage(4120, LogLevel.Warning, "What became of a request with an Idempotency-Key could not be kept")]
    private static partial void LogNotKept(ILogger logger, Exception exception);
}

/// <summary>Stands on the groups of routes whose POSTs can have an Idempotency-Key. Not on the gateways': what they send has ids of its own.</summary>
internal sealed class RememberedAnswers
{
    public static readonly RememberedAnswers Instance = new();
}

/// <summary>Stands on a POST that only reads, and whose answer holds what nobody keeps: each is answered anew, with a key too.</summary>
internal sealed class NeverRemembered
{
    public static readonly NeverRemembered Instance = new();
}

internal static class IdempotentPostsExtensions
{
    public static RouteGroupBuilder RememberAnswers(this RouteGroupBuilder group) => group.WithMetadata(RememberedAnswers.Instance);

    public static void UseIdempotentPosts(this WebApplication app) => app.UseMiddleware<IdempotentPosts>();
}
