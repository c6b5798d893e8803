using System.Net.Mime;

namespace StepCloud.Api.Http;

/// <summary>Writes problems for whoever does not say that he takes JSON, as one who wants a stream of events does not: there is no other form of them.</summary>
/// <remarks>The framework's own writer, which comes first, leaves these alone, and nobody would see them on their way.</remarks>
internal sealed class AnyoneProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        Problems.Complete(context);
        return new ValueTask(context.HttpContext.Response.WriteAsJsonAsync(context.ProblemDetails, options: null, MediaTypeNames.Application.ProblemJson, context.HttpContext.RequestAborted));
    }
}
