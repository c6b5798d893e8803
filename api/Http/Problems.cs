using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using StepCloud.Api.Passwords;
using StepCloud.Contracts.Registry;

namespace StepCloud.Api.Http;

/// <summary>Every problem the APIs answer with (RFC 9457). `type` and `code` are stable; texts may be improved.</summary>
public static class Problems
{
    public const string TypePrefix = "urn:stepcloud:problem:";

    public static ProblemHttpResult InvalidRequest(string pointer, string detail) =>
        Of(400, "invalid_request", "The request is not as it must be.", detail, ("errors", new[] { new FieldError(pointer, detail) }));

    /// <summary>With everything that is wrong, each at its place.</summary>
    public static ProblemHttpResult InvalidRequest(IReadOnlyList<FieldError> errors) => Of(
        400, "invalid_request", "The request is not as it must be.", errors.Count == 1 ? errors[0].Detail : $"{errors.Count} things are wrong.",
        ("errors", errors));

    public static ProblemHttpResult PreconditionRequired() => Of(
        428, "precondition_required", "Say which version you have seen.", "Send If-Match with the ETag that you read. `*` changes whatever stands there.");

    /// <param name="version">That stands there now.</param>
    public static ProblemHttpResult PreconditionFailed(long version) => Of(
        412, "precondition_failed", "Somebody else has changed it.", "Read it again, and decide anew.", ("current_etag", $"\"{version}\""));

    public static ProblemHttpResult Archived() => Of(409, "archived", "It is in the archive.", "Restore it first.");

    /// <summary>Another one has a value that only one can have.</summary>
    public static ProblemHttpResult AlreadyTaken(string field) => Of(
        409, "already_taken", "Another one has this already.", $"Choose another value for '{field}'.", ("errors", new[] { new FieldError("/" + field, "Another one has this value.") }));

    public static ProblemHttpResult QuotaReached(Quota quota) => Of(
        403, "quota_reached", "The plan has no room for more.", $"The plan '{quota.Plan}' has room for {quota.Max} {Words(quota.Kind)}, and {quota.Used} are in use.",
        ("quota", new { kind = JsonNamingPolicy.SnakeCaseLower.ConvertName(quota.Kind.ToString()), used = quota.Used, max = quota.Max }));

    private static string Words(QuotaKind kind) => kind == QuotaKind.StepsPerDay ? "steps a day" : kind.ToString().ToLowerInvariant();

    public static ProblemHttpResult NotJson() =>
        Of(415, "unsupported_media_type", "The body must be JSON in UTF-8.", "Send it with Content-Type: application/json.");

    public static ProblemHttpResult WrongCredentials() =>
        Of(401, "wrong_credentials", "The e-mail address or the password is wrong.");

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
        return Of(
            400, "password_refused", "This password cannot be chosen.", detail, ("reason", reason), ("errors", new[] { new FieldError(pointer, detail) }));
    }

    /// <summary>For somebody who is signed in, and has to show that it is still him.</summary>
    public static ProblemHttpResult WrongPassword() => Of(403, "wrong_password", "The password is wrong.");

    public static ProblemHttpResult CodeRequired() =>
        Of(401, "code_required", "A code is needed.", "Send the same again with `code`: of the authenticator app, or a recovery code.");

    public static ProblemHttpResult WrongCode(int status) =>
        Of(status, "wrong_code", "The code is wrong.", "Each code works once. Wait for the app's next one, or use a recovery code.");

    public static ProblemHttpResult InvalidLink() =>
        Of(400, "invalid_link", "The link is not, or no longer, valid.", "Each works once, and for a while. Ask for another.");

    public static ProblemHttpResult InvalidRefreshToken() =>
        Of(401, "invalid_refresh_token", "The refresh token is not, or no longer, valid.", "Sign in or pair again.");

    public static ProblemHttpResult RefreshTokenReused() =>
        Of(401, "refresh_token_reused", "The refresh token was used before.",
            "Somebody else may hold a copy of it, so the session was ended. Sign in or pair again.");

    public static ProblemHttpResult TooManyAttempts(TimeSpan retryAfter) =>
        Of(429, "too_many_attempts", "Too many wrong passwords.",
            $"The next attempt counts in {Math.Ceiling(retryAfter.TotalSeconds)} s.", ("retry_after_seconds", Math.Ceiling(retryAfter.TotalSeconds)));

    /// <summary>As <see cref="TooManyAttempts"/>, with the Retry-After of RFC 9110 §10.2.3.</summary>
    public static ProblemHttpResult Delayed(this HttpContext context, TimeSpan retryAfter)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return TooManyAttempts(retryAfter);
    }

    public static ProblemHttpResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Of(503, "busy", "The server is busy.", "Try again in a second.");
    }

    /// <summary>Never given out, expired or decided: one answer for all, so that nothing is learnt from it.</summary>
    public static ProblemHttpResult UnknownPairingCode() =>
        Of(404, "unknown_pairing_code", "No gateway waits with that code.", "Compare it with what the gateway shows. A code is good for ten minutes.");

    public static ProblemHttpResult TooManyCodes(TimeSpan retryAfter) =>
        Of(429, "too_many_attempts", "Too many wrong codes.",
            $"The next code is looked at in {Math.Ceiling(retryAfter.TotalSeconds)} s.", ("retry_after_seconds", Math.Ceiling(retryAfter.TotalSeconds)));

    public static ProblemHttpResult InvalidProvisioningSecret() =>
        Of(401, "invalid_provisioning_secret", "The secret is not, or no longer, valid.", "It is good for one use within 7 days. Ask for a new one.");

    public static ProblemHttpResult NotAllowed(string detail) => Of(403, "not_allowed", "Your role does not allow this.", detail);

    public static ProblemHttpResult PasswordSessionRequired() => Of(
        403, "password_session_required", "An access key does not allow this.", "Sign in with e-mail and password to do it.");

    public static ProblemHttpResult NotFound(string what) => Of(404, "not_found", "There is no such thing here.", $"No {what} with that id can be seen by you.");

    public static ProblemHttpResult IdTaken() => Of(409, "id_taken", "The id is taken.", "Something with that id exists already. Make another one.");

    /// <param name="errors">Every line that is wrong.</param>
    public static ProblemHttpResult ImportRefused(int refused, object errors) => Of(
        422, "import_refused", "Nothing was imported.", $"{refused} lines cannot be imported. Mend them, and import the whole again.", ("errors", errors));

    public static ProblemHttpResult NotReplayable(string why) => Of(409, "not_replayable", "This message cannot be sent on its way again.", why);

    public static ProblemHttpResult AlreadyReplayed() => Of(
        409, "already_replayed", "There is nothing left of it to dismiss.", "The message was sent on its way again, and all of it was taken.");

    /// <summary>The key stands for something else: it would be lost if this were answered as that was.</summary>
    public static ProblemHttpResult IdempotencyKeyReused() => Of(
        422, "idempotency_key_reused", "This Idempotency-Key came with another request.", "Make a new key for each thing that you want done.");

    public static ProblemHttpResult IdempotencyInProgress(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Of(409, "idempotency_in_progress", "The same request is being worked on.", "Send it again in a second, and get its answer.");
    }

    /// <summary>A process died over it.</summary>
    public static ProblemHttpResult IdempotencyInDoubt() => Of(
        409, "idempotency_in_doubt", "It is not known whether this was done.",
        "It was begun and not finished. Look whether it was done, and if it was not, send it with another Idempotency-Key.");

    public static ProblemHttpResult ReadsOnly() =>
        Of(503, "reads_only", "This process only reads.", "Send this to the installation's main process, and reads to whichever you like.");

    /// <param name="results">What became of each element, the good ones too.</param>
    public static ProblemHttpResult UplinkRefused(string detail, object results) =>
        Of(422, "uplink_refused", "Some of it was refused; the rest is stored.", detail, ("results", results));

    public static ProblemHttpResult Of(
        int status, string code, string title, string? detail = null, params (string Name, object? Value)[] extensions)
    {
        ProblemDetails problem = new() { Status = status, Type = TypePrefix + code, Title = title, Detail = detail };
        problem.Extensions["code"] = code;
        foreach ((string name, object? value) in extensions) problem.Extensions[name] = value;
        return TypedResults.Problem(problem);
    }

    /// <summary>For an answer that has a status and nothing else: no such path, another method.</summary>
    public static ProblemHttpResult OfStatus(int status) => Of(status, CodeOf(status), ReasonPhrases.GetReasonPhrase(status));

    /// <summary>Gives the problems that the framework makes their `type` and `code`.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        ProblemDetails problem = context.ProblemDetails;
        // The framework adds it to every problem. Only a fault of ours has a line in the log to look for, and names it in its detail.
        problem.Extensions.Remove("trace_id");
        if (problem.Extensions.ContainsKey("code")) return;
        string code = CodeOf(problem.Status ?? 500);
        problem.Type = TypePrefix + code;
        problem.Extensions["code"] = code;
    }

    private static string CodeOf(int status) => status switch
    {
        400 => "invalid_request",
        401 => "not_authenticated",
        403 => "not_allowed",
        404 => "not_found",
        405 => "method_not_allowed",
        413 => "too_large",
        415 => "unsupported_media_type",
        429 => "too_many_requests",
        503 => "busy",
        _ => "internal_error",
    };
}

/// <param name="Pointer">A JSON Pointer (RFC 6901) into the request's body, or the parameter's name.</param>
public sealed record FieldError(string Pointer, string Detail);
