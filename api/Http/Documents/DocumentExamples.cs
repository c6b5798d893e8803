using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace StepCloud.Api.Http.Documents;

/// <summary>An example of every body that has none of its own.</summary>
internal static class DocumentExamples
{
    public static void AddTo(OpenApiDocument document)
    {
        foreach (OpenApiOperation operation in document.Paths.Values.SelectMany(path => path.Operations!.Values))
        {
            IEnumerable<OpenApiMediaType> contents = (operation.RequestBody?.Content?.Values ?? Enumerable.Empty<OpenApiMediaType>()).Concat(
                operation.Responses!.Values.OfType<OpenApiResponse>().SelectMany(response => response.Content?.Values ?? Enumerable.Empty<OpenApiMediaType>()));
            foreach (OpenApiMediaType content in contents)
                if (content is { Example: null, Examples: null or { Count: 0 } }) content.Example = (content.Schema is { } schema ? SchemaExample.Of(schema, "") : null) ?? new JsonObject();
        }
    }
}
