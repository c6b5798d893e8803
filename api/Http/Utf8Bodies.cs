using Microsoft.Net.Http.Headers;

namespace StepCloud.Api.Http;

/// <summary>Bodies of text are UTF-8 (RFC 8259 §8.1). One that says it is in another encoding is refused before anybody reads it.</summary>
/// <remarks>The framework would look the encoding up by its name, and fail as if it were our fault where there is none of that name.</remarks>
internal static class Utf8Bodies
{
    public static Task RequireAsync(HttpContext context, RequestDelegate next) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
        && IsText(type) && type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? Problems.NotJson().ExecuteAsync(context)
            : next(context);

    /// <summary>What is none has no encoding, whatever a sender says: pictures, films, scans.</summary>
    private static bool IsText(MediaTypeHeaderValue type) =>
        type.Type.Equals("text", StringComparison.OrdinalIgnoreCase) || type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
        || type.Type.Equals("multipart", StringComparison.OrdinalIgnoreCase);
}
