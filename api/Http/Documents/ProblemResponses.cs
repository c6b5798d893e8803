using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace StepCloud.Api.Http.Documents;

/// <summary>The answers to what went wrong, once in each document: one for each status, of the catalogue of problems.</summary>
internal static class ProblemResponses
{
    public const string MediaType = "application/problem+json";

    public const string SchemaName = "Problem";

    private const string FieldErrorName = "FieldError";

    private const int ErrorsMax = 1000;

    public static void AddTo(OpenApiDocument document)
    {
        document.AddComponent(FieldErrorName, FieldErrorSchema());
        document.AddComponent(SchemaName, ProblemSchema(document));
        foreach (IGrouping<int, ProblemKind> status in ByStatus()) document.AddComponent(NameOf(status.Key), Response(document, status));
    }

    public static IOpenApiResponse For(OpenApiDocument document, int status) => new OpenApiResponseReference(NameOf(status), document);

    /// <summary>As a further form of an answer that has another one already.</summary>
    public static OpenApiMediaType Content(OpenApiDocument document, int status) => new()
    {
        Schema = new OpenApiSchemaReference(SchemaName, document),
        Example = Example(ByStatus().First(group => group.Key == status).First(), status),
    };

    private static IEnumerable<IGrouping<int, ProblemKind>> ByStatus() => ProblemKinds.All
        .SelectMany(kind => kind.OtherStatus is { } other ? [(kind.Status, kind), (other, kind)] : new[] { (kind.Status, kind) })
        .GroupBy(pair => pair.Item1, pair => pair.Item2);

    private static string NameOf(int status) => $"Problem{status}";

    private static OpenApiResponse Response(OpenApiDocument document, IGrouping<int, ProblemKind> status) => new()
    {
        Description = $"{string.Join(", ", status.Select(kind => $"`{kind.Code}`"))}.",
        Headers = ResponseHeaders.ForProblem(document, status.Key),
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            [MediaType] = new()
            {
                Schema = new OpenApiSchemaReference(SchemaName, document),
                Examples = status.ToDictionary(
                    kind => kind.Code, IOpenApiExample (kind) => new OpenApiExample { Summary = kind.Title, Value = Example(kind, status.Key) }, StringComparer.Ordinal),
            },
        },
    };

    private static JsonObject Example(ProblemKind kind, int status)
    {
        JsonObject example = new()
        {
            ["type"] = kind.Type, ["title"] = kind.Title, ["status"] = status, ["detail"] = kind.Meaning, ["code"] = kind.Code,
        };
        if (kind == ProblemKinds.InvalidRequest)
            example["errors"] = new JsonArray(new JsonObject { ["pointer"] = "/name", ["detail"] = "It is missing." });
        if (kind == ProblemKinds.PreconditionFailed) example["current_etag"] = "\"3\"";
        if (status == 429) example["retry_after_seconds"] = 2;
        return example;
    }

    private static OpenApiSchema ProblemSchema(OpenApiDocument document) => new()
    {
        Type = JsonSchemaType.Object,
        Description = "Problem Details (RFC 9457). Build on `code`; texts may be improved.",
        Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "code" },
        AdditionalPropertiesAllowed = false,
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = Text("`urn:stepcloud:problem:` and the code.", 100, "^urn:stepcloud:problem:[a-z_]+$"),
            ["title"] = Text("What it is, the same every time.", 200, SchemaBounds.AnyText),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = "400", Maximum = "599", Description = "That of the answer." },
            ["detail"] = Text("What it is about this time.", 2000, SchemaBounds.AnyText),
            ["code"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String, Description = "Stable. docs/ERRORS.md says what each means and what to do.",
                Enum = [.. ProblemKinds.All.Select(kind => (JsonNode)JsonValue.Create(kind.Code))],
            },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array, MaxItems = ErrorsMax, Description = "What is wrong, each at its place.",
                Items = new OpenApiSchemaReference(FieldErrorName, document),
            },
            ["reason"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String, Description = "With `password_refused`.",
                Enum = ["too_short", "too_long", "not_text", "common"],
            },
            ["current_etag"] = Text("With `precondition_failed`: of what stands there now.", 24, "^\"[0-9]+\"$"),
            ["retry_after_seconds"] = new OpenApiSchema { Type = JsonSchemaType.Number, Minimum = "0", Maximum = "86400", Description = "With 429: when to come back." },
            ["quota"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object, Description = "With `quota_reached`.", AdditionalPropertiesAllowed = false,
                Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                {
                    ["kind"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["gateways", "devices", "users", "steps_per_day", "recordings", "recording_bytes"] },
                    ["used"] = SchemaBounds.Count(),
                    ["max"] = SchemaBounds.Count(),
                },
            },
            ["results"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array, MaxItems = ErrorsMax, Description = "With `uplink_refused`: what became of each element, the good ones too.",
                Items = new OpenApiSchema { Type = JsonSchemaType.Object },
            },
        },
    };

    private static OpenApiSchema FieldErrorSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string>(StringComparer.Ordinal) { "pointer", "detail" },
        AdditionalPropertiesAllowed = false,
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["pointer"] = Text("A JSON Pointer (RFC 6901) into the body, or the parameter's name.", 4000, SchemaBounds.AnyText),
            ["detail"] = Text("What is wrong there.", 2000, SchemaBounds.AnyText),
        },
    };

    private static OpenApiSchema Text(string description, int charsMax, string pattern) => new()
    {
        Type = JsonSchemaType.String, Description = description, MaxLength = charsMax, Pattern = pattern,
    };
}
