namespace StepCloud.Api.Steps;

/// <summary>An answer that is there already as the bytes of its JSON: they go out as they are, and are not copied before.</summary>
internal sealed class WrittenJson(byte[] written) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = written.Length;
        await response.BodyWriter.WriteAsync(written, httpContext.RequestAborted);
    }
}
