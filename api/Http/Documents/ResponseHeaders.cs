using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace StepCloud.Api.Http.Documents;

/// <summary>The headers of answers, once in each document.</summary>
internal static class ResponseHeaders
{
    private const string Limit = "RateLimit";
    private const string Origin = "Access-Control-Allow-Origin";
    private const string RetryAfter = "Retry-After";
    private const string Tag = "ETag";
    private const string Location = "Location";

    public static void AddTo(OpenApiDocument document)
    {
        document.AddComponent(Limit, Header(
            "How many requests are left now (`r`), and in how many seconds there are more (`t`): RateLimit header fields for HTTP, draft 10.",
            "\"requests\";r=49;t=1", 100, "^\"requests\";r=[0-9]+;t=[0-9]+$"));
        document.AddComponent(Origin, Header(
            "The page's origin, when it is one that the installation allows; otherwise the header is not there.", "https://console.example.org", 300, "^https?://[^\\s]+$"));
        document.AddComponent(RetryAfter, Header("Seconds to wait (RFC 9110 §10.2.3).", "2", 10, "^[0-9]+$"));
        document.AddComponent(Tag, Header("The version, for `If-Match` and `If-None-Match`.", "\"3\"", 24, "^\"[0-9]+\"$"));
        document.AddComponent(Location, Header("The address of what was made.", "/api/v1/sites/0198c0de-0000-7000-8000-000000000020", 200, "^/[^\\s]*$"));
    }

    public static Dictionary<string, IOpenApiHeader> ForProblem(OpenApiDocument document, int status)
    {
        Dictionary<string, IOpenApiHeader> headers = Always(document);
        if (status is 429 or 503) headers[RetryAfter] = new OpenApiHeaderReference(RetryAfter, document);
        return headers;
    }

    public static Dictionary<string, IOpenApiHeader> ForSuccess(OpenApiDocument document, int status, bool hasTag)
    {
        Dictionary<string, IOpenApiHeader> headers = Always(document);
        if (hasTag) headers[Tag] = new OpenApiHeaderReference(Tag, document);
        if (status == StatusCodes.Status201Created) headers[Location] = new OpenApiHeaderReference(Location, document);
        return headers;
    }

    private static Dictionary<string, IOpenApiHeader> Always(OpenApiDocument document) => new(StringComparer.Ordinal)
    {
        [Limit] = new OpenApiHeaderReference(Limit, document),
        [Origin] = new OpenApiHeaderReference(Origin, document),
    };

    private static OpenApiHeader Header(string description, string example, int charsMax, string pattern) => new()
    {
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = charsMax, Pattern = pattern, Examples = [JsonValue.Create(example)!] },
    };
}
