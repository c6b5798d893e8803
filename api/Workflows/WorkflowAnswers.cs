using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>Outcomes of blueprints and jobs as answers.</summary>
internal static class WorkflowAnswers
{
    /// <summary>As much as a person writes to say why.</summary>
    private const int ReasonCharsMax = 1000;

    public static ProblemHttpResult ProblemOf(WorkflowRefusal why) => why switch
    {
        WorkflowRefusal.NotFound missing => Problems.NotFound(missing.What),
        WorkflowRefusal.Stale stale => Problems.PreconditionFailed(stale.Version),
        WorkflowRefusal.Invalid invalid => Problems.InvalidRequest(invalid.Pointer, invalid.Detail),
        WorkflowRefusal.Taken taken => Problems.AlreadyTaken(taken.Field),
        WorkflowRefusal.Refused refused => Problems.Of(ProblemKinds.Get(refused.Code), refused.Detail),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A job with its ETag.</summary>
    public static Func<WorkflowOutcome<JobView>, IResult> OfJob(int status = StatusCodes.Status200OK) => outcome => outcome switch
    {
        WorkflowOutcome<JobView>.Done { Value: var view } => new Tagged<JobView>(view, view.Job.Version, status, $"/api/v1/jobs/{view.Job.Id}"),
        WorkflowOutcome<JobView>.NotDone { Why: var why } => ProblemOf(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static Func<WorkflowOutcome<BlueprintVersion>, IResult> OfVersion(int status = StatusCodes.Status200OK) => outcome => outcome switch
    {
        WorkflowOutcome<BlueprintVersion>.Done { Value: var version } =>
            new Tagged<BlueprintVersion>(version, version.Version, status, $"/api/v1/blueprints/{version.Blueprint}/versions/{version.Number}"),
        WorkflowOutcome<BlueprintVersion>.NotDone { Why: var why } => ProblemOf(why),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A text that must be given.</summary>
    public static ProblemHttpResult? CheckReason(string pointer, string reason) => string.IsNullOrWhiteSpace(reason) || reason.Length > ReasonCharsMax || !StorableText.Is(reason)
        ? Problems.InvalidRequest(pointer, $"It must be a text of 1 to {ReasonCharsMax} characters: who asks later must find why.")
        : null;

    /// <summary>A text that may be left out.</summary>
    public static ProblemHttpResult? CheckComment(string pointer, string? comment) => comment is null ? null : CheckReason(pointer, comment);

    /// <summary>Something with a version, which is its ETag.</summary>
    internal sealed class Tagged<T>(T value, long version, int status, string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            string tag = "\"" + version.ToString(CultureInfo.InvariantCulture) + "\"";
            httpContext.Response.Headers.ETag = tag;
            if (status == StatusCodes.Status201Created) httpContext.Response.Headers.Location = path;
            return HttpMethods.IsGet(httpContext.Request.Method) && httpContext.Request.Headers.IfNoneMatch.Contains(tag)
                ? TypedResults.StatusCode(StatusCodes.Status304NotModified).ExecuteAsync(httpContext)
                : TypedResults.Json(value, statusCode: status).ExecuteAsync(httpContext);
        }
    }
}
