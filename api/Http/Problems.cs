using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using StepCloud.Api.Passwords;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Registry;

namespace StepCloud.Api.Http;

/// <summary>Every problem the APIs answer with (RFC 9457). `type` and `code` are stable; texts may be improved.</summary>
public static class Problems
{
    public const string TypePrefix = "urn:stepcloud:problem:";

    public static ProblemHttpResult InvalidRequest(string pointer, string detail) =>
        Of(ProblemKinds.InvalidRequest, detail, ("errors", new[] { new FieldError(pointer, detail) }));

    /// <param name="name">Of the parameter; empty for the body, and for whatever else is wrong.</param>
    public static ProblemHttpResult UnreadParameter(string name) => InvalidRequest(
        name,
        name.Length == 0
            ? "Something of the request is missing or cannot be read: its body, perhaps. Send what '/docs' shows for this address."
            : "The parameter is missing or cannot be read. An id is written as 0198c0de-0000-7000-8000-000000000001, a time in an address as 2026-03-02T08:15:00Z.");

    /// <returns>Null when the value is left out or one of those that there are.</returns>
    public static ProblemHttpResult? UnlessOneOf(string parameter, string? value, string[] known) =>
        value is null || known.Contains(value) ? null : InvalidRequest(parameter, $"It must be one of {string.Join(", ", known)}.");

    /// <summary>With everything that is wrong, each at its place.</summary>
    public static ProblemHttpResult InvalidRequest(IReadOnlyList<FieldError> errors) => Of(
        ProblemKinds.InvalidRequest, errors.Count == 1 ? errors[0].Detail : $"{errors.Count} things are wrong.", ("errors", errors));

    public static ProblemHttpResult PreconditionRequired() => Of(
        ProblemKinds.PreconditionRequired, "Send If-Match with the ETag that you read. `*` changes whatever stands there.");

    /// <param name="version">That stands there now.</param>
    public static ProblemHttpResult PreconditionFailed(long version) => Of(
        ProblemKinds.PreconditionFailed, "Read it again, and decide anew.", ("current_etag", $"\"{version}\""));

    public static ProblemHttpResult Archived() => Of(ProblemKinds.Archived, "Restore it first.");

    /// <summary>Another one has a value that only one can have.</summary>
    public static ProblemHttpResult AlreadyTaken(string field) => Of(
        ProblemKinds.AlreadyTaken, $"Choose another value for '{field}'.", ("errors", new[] { new FieldError("/" + field, "Another one has this value.") }));

    public static ProblemHttpResult QuotaReached(Quota quota) => Of(
        ProblemKinds.QuotaReached, $"The plan '{quota.Plan}' has room for {quota.Max} {Words(quota.Kind)}, and {quota.Used} are in use.",
        ("quota", new { kind = JsonNamingPolicy.SnakeCaseLower.ConvertName(quota.Kind.ToString()), used = quota.Used, max = quota.Max }));

    private static string Words(QuotaKind kind) => kind == QuotaKind.StepsPerDay ? "steps a day" : kind == QuotaKind.RecordingBytes ? "bytes of recordings" : kind.ToString().ToLowerInvariant();

    public static ProblemHttpResult ConsentMissing() =>
        Of(ProblemKinds.ConsentMissing, "No consent of this case to recordings holds: none was recorded, it has ended, or it was withdrawn.");

    public static ProblemHttpResult NotJson() =>
        Of(ProblemKinds.UnsupportedMediaType, "Send it with Content-Type: application/json.");

    public static ProblemHttpResult WrongCredentials() => Of(ProblemKinds.WrongCredentials);

    /// <summary>The password that somebody wants to have may not be chosen. `reason` is stable, as `code` is.</summary>
    public static ProblemHttpResult PasswordRefused(string pointer, PasswordFault fault)
    {
        (string reason, string detail) = fault switch
        {
            PasswordFault.TooShort => ("too_short", $"A password has {PasswordPolicy.CodePointsMin} characters or more."),
            PasswordFault.TooLong => ("too_long", $"A password has {PasswordPolicy.CodePointsMax} characters at most."),
            PasswordFault.NotText => ("not_text", "The password holds half of a surrogate pair, which is no character."),
            PasswordFault.Common => ("common", "This password is made of what is guessed first: common words, names, runs, years, or your own address."),
            _ => throw new UnreachableException(),
        };
        return Of(ProblemKinds.PasswordRefused, detail, ("reason", reason), ("errors", new[] { new FieldError(pointer, detail) }));
    }

    /// <summary>For somebody who is signed in, and has to show that it is still him.</summary>
    public static ProblemHttpResult WrongPassword() => Of(ProblemKinds.WrongPassword);

    public static ProblemHttpResult CodeRequired() =>
        Of(ProblemKinds.CodeRequired, "Send the same again with `code`: of the authenticator app, or a recovery code.");

    /// <param name="status">One of the two that it comes with.</param>
    public static ProblemHttpResult WrongCode(int status) =>
        Of(ProblemKinds.WrongCode with { Status = status }, "Each code works once. Wait for the app's next one, or use a recovery code.");

    public static ProblemHttpResult InvalidLink() =>
        Of(ProblemKinds.InvalidLink, "Each works once, and for a while. Ask for another.");

    public static ProblemHttpResult InvalidRefreshToken() =>
        Of(ProblemKinds.InvalidRefreshToken, "Sign in or pair again.");

    public static ProblemHttpResult RefreshTokenReused() =>
        Of(ProblemKinds.RefreshTokenReused, "Somebody else may hold a copy of it, so the session was ended. Sign in or pair again.");

    public static ProblemHttpResult TooManyAttempts(TimeSpan retryAfter) => Of(
        ProblemKinds.TooManyAttempts, $"The next attempt counts in {Math.Ceiling(retryAfter.TotalSeconds)} s.",
        ("retry_after_seconds", Math.Ceiling(retryAfter.TotalSeconds)));

    /// <summary>As <see cref="TooManyAttempts"/>, with the Retry-After of RFC 9110 §10.2.3.</summary>
    public static ProblemHttpResult Delayed(this HttpContext context, TimeSpan retryAfter)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return TooManyAttempts(retryAfter);
    }

    public static ProblemHttpResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Of(ProblemKinds.Busy, "Try again in a second.");
    }

    public static ProblemHttpResult RecordingStoreAway(HttpContext context) => Away(context, ProblemKinds.RecordingStoreAway);

    public static ProblemHttpResult RecordingPlaceNotOurs(HttpContext context) => Away(context, ProblemKinds.RecordingPlaceNotOurs);

    /// <summary>Never given out, expired or decided: one answer for all, so that nothing is learnt from it.</summary>
    public static ProblemHttpResult UnknownPairingCode() =>
        Of(ProblemKinds.UnknownPairingCode, "Compare it with what the gateway shows. A code is good for ten minutes.");

    public static ProblemHttpResult TooManyCodes(TimeSpan retryAfter) => Of(
        ProblemKinds.TooManyAttempts, $"The next code is looked at in {Math.Ceiling(retryAfter.TotalSeconds)} s.",
        ("retry_after_seconds", Math.Ceiling(retryAfter.TotalSeconds)));

    public static ProblemHttpResult InvalidProvisioningSecret() =>
        Of(ProblemKinds.InvalidProvisioningSecret, "It is good for one use within 7 days. Ask for a new one.");

    public static ProblemHttpResult NotAllowed(string detail) => Of(ProblemKinds.NotAllowed, detail);

    public static ProblemHttpResult PasswordSessionRequired() => Of(
        ProblemKinds.PasswordSessionRequired, "Sign in with e-mail and password to do it.");

    public static ProblemHttpResult NotFound(string what) => Of(ProblemKinds.NotFound, $"No {what} with that id can be seen by you.");

    public static ProblemHttpResult IdTaken() => Of(ProblemKinds.IdTaken, "Something with that id exists already. Make another one.");

    /// <param name="errors">Every line that is wrong.</param>
    public static ProblemHttpResult ImportRefused(int refused, object errors) => Of(ProblemKinds.ImportRefused, $"{refused} lines cannot be imported. Mend them, and import the whole again.", ("errors", errors));

    public static ProblemHttpResult NotReplayable(string why) => Of(ProblemKinds.NotReplayable, why);

    public static ProblemHttpResult AlreadyReplayed() => Of(ProblemKinds.AlreadyReplayed, "The message was sent on its way again, and all of it was taken.");

    /// <summary>The key stands for something else: it would be lost if this were answered as that was.</summary>
    public static ProblemHttpResult IdempotencyKeyReused() => Of(ProblemKinds.IdempotencyKeyReused, "Make a new key for each thing that you want done.");

    public static ProblemHttpResult IdempotencyInProgress(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Of(ProblemKinds.IdempotencyInProgress, "Send it again in a second, and get its answer.");
    }

    /// <summary>A process died over it.</summary>
    public static ProblemHttpResult IdempotencyInDoubt() => Of(ProblemKinds.IdempotencyInDoubt,
        "It was begun and not finished. Look whether it was done, and if it was not, send it with another Idempotency-Key.");

    public static ProblemHttpResult ReadsOnly() =>
        Of(ProblemKinds.ReadsOnly, "Send this to the installation's main process, and reads to whichever you like.");

    /// <param name="results">What became of each element, the good ones too.</param>
    public static ProblemHttpResult UplinkRefused(string detail, object results) =>
        Of(ProblemKinds.UplinkRefused, detail, ("results", results));

    /// <param name="detail">What it is about this time.</param>
    public static ProblemHttpResult Of(ProblemKind kind, string? detail = null, params (string Name, object? Value)[] extensions)
    {
        ProblemDetails problem = new() { Status = kind.Status, Type = kind.Type, Title = kind.Title, Detail = detail };
        problem.Extensions["code"] = kind.Code;
        foreach ((string name, object? value) in extensions) problem.Extensions[name] = value;
        return TypedResults.Problem(problem);
    }

    /// <summary>For an answer that has a status and nothing else: no such path, another method, a parameter that cannot be read.</summary>
    public static ProblemHttpResult OfStatus(HttpContext context)
    {
        int status = context.Response.StatusCode;
        return status == StatusCodes.Status400BadRequest && UnreadParameters.FindFirst(context) is { } name
            ? UnreadParameter(name)
            : Of(KindOfStatus(status) with { Status = status });
    }

    /// <summary>Gives the problems that the framework makes their `type` and `code`. Every problem comes here before it is written, and is counted.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        Describe(context.ProblemDetails);
        context.HttpContext.RequestServices.GetRequiredService<ApiMetrics>().Answered((string)context.ProblemDetails.Extensions["code"]!);
    }

    private static void Describe(ProblemDetails problem)
    {
        // The framework adds it to every problem. Only a fault of ours has a line in the log to look for, and names it in its detail.
        problem.Extensions.Remove("trace_id");
        if (problem.Extensions.ContainsKey("code")) return;
        ProblemKind kind = KindOfStatus(problem.Status ?? 500);
        problem.Type = kind.Type;
        problem.Title = kind.Title;
        problem.Extensions["code"] = kind.Code;
    }

    /// <summary>It is not known for how long; whoever waits for a film does not ask each second.</summary>
    private static ProblemHttpResult Away(HttpContext context, ProblemKind kind)
    {
        context.Response.Headers.RetryAfter = "30";
        return Of(kind, "Try again in half a minute.");
    }

    /// <summary>For an answer that has a status and nothing else.</summary>
    private static ProblemKind KindOfStatus(int status) => status switch
    {
        400 => ProblemKinds.InvalidRequest,
        401 => ProblemKinds.NotAuthenticated,
        403 => ProblemKinds.NotAllowed,
        404 => ProblemKinds.NotFound,
        405 => ProblemKinds.MethodNotAllowed,
        413 => ProblemKinds.TooLarge,
        415 => ProblemKinds.UnsupportedMediaType,
        429 => ProblemKinds.TooManyRequests,
        503 => ProblemKinds.Busy,
        _ => ProblemKinds.InternalError,
    };
}

/// <param name="Pointer">A JSON Pointer (RFC 6901) into the request's body, or the parameter's name.</param>
public sealed record FieldError(string Pointer, string Detail);
