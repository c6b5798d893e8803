using Microsoft.OpenApi;

namespace StepCloud.Api.Recordings;

/// <summary>Stands on the routes whose body is a recording, for the document.</summary>
internal sealed class RecordingBody
{
    public static readonly RecordingBody Instance = new();

    public static void Describe(OpenApiOperation operation) => operation.RequestBody = new OpenApiRequestBody
    {
        Required = true,
        Content = RecordingType.All.ToDictionary(
            type => type.MediaType,
            _ => new OpenApiMediaType
            {
                // The document's lengths end at 2^31; RecordingOptions says how long it can be.
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", MinLength = 1, MaxLength = int.MaxValue }, Example = "(bytes)",
            },
            StringComparer.Ordinal),
    };
}
