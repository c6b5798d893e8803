using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Hosting;
using StepCloud.Api.Passwords;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Registry;
using StepCloud.Storage;

namespace StepCloud.Api.Http;

/// <summary>The boundary where a fault becomes an answer: a reason for the caller where it is the caller's, and nothing of ours otherwise.</summary>
internal sealed partial class ProblemExceptionHandler(ApiMetrics metrics, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    [GeneratedRegex("""^(Failed to bind parameter "[^"]*?(?<name>\w+)" from|Required parameter "[^"]*?(?<name>\w+)" was not provided from query string)""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex UnboundParameter { get; }

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        IResult answer = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
                Problems.Of(ProblemKinds.TooLarge),
            BadHttpRequestException { InnerException: JsonException json } => Problems.InvalidRequest(JsonPointer.OfPath(json.Path), JsonFault.Of(json)),
            BadHttpRequestException { StatusCode: 415 } => Problems.NotJson(),
            BadHttpRequestException bad => Problems.UnreadParameter(ParameterOf(bad)),
            QuotaReachedException { Quota: var quota } => Problems.QuotaReached(quota),
            ActorsElsewhereException => Problems.ReadsOnly(),
            ActorBusyException or HashingBusyException => Busy(httpContext, exception),
            // The second: whether an actor's last write was committed was not known, and it was. A fresh activation reads what is stored.
            StorageException { IsTransient: true } or ActorStateConflictException => Unavailable(httpContext, exception),
            OperationCanceledException when httpContext.RequestAborted.IsCancellationRequested => TypedResults.StatusCode(499),
            _ => Internal(httpContext, exception),
        };
        await answer.ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>The framework tells which parameter it could not bind in its sentence only: `Failed to bind parameter "int? Width" from "abc".`</summary>
    /// <returns>Empty for the body, and for whatever else is wrong.</returns>
    private static string ParameterOf(BadHttpRequestException exception) =>
        UnboundParameter.Match(exception.Message) is { Success: true } match ? JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value) : "";

    private ProblemHttpResult Busy(HttpContext context, Exception exception)
    {
        if (exception is HashingBusyException) metrics.RefusedAsBusy("password_hashing");
        return Problems.Busy(context);
    }

    private ProblemHttpResult Unavailable(HttpContext context, Exception exception)
    {
        LogUnavailable(logger, exception, context.Request.Method, context.Request.Path);
        context.Response.Headers.RetryAfter = "1";
        return Problems.Of(ProblemKinds.Unavailable, "Try again in a second.");
    }

    private ProblemHttpResult Internal(HttpContext context, Exception exception)
    {
        LogUnexpected(logger, exception, context.Request.Method, context.Request.Path);
        return Problems.Of(ProblemKinds.InternalError, $"The log has it as {context.TraceIdentifier}.");
    }

    [LoggerMessage(4001, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, string method, PathString path);

    [LoggerMessage(4002, LogLevel.Warning, "{Method} {Path} could not be done for now")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string method, PathString path);
}
