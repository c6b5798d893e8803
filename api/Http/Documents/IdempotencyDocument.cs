using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using StepCloud.Api.Http.Idempotency;

namespace StepCloud.Api.Http.Documents;

/// <summary>The headers by which a POST is done once: what a client sends, and what it finds in an answer that was kept.</summary>
internal static class IdempotencyDocument
{
    public static OpenApiParameter Key() => new()
    {
        Name = IdempotencyKey.Header, In = ParameterLocation.Header, Required = false,
        Description = "A text that you make up for this one thing, such as a UUID. Sent again with it within 24 hours, the request gets the first answer, and nothing is done twice.",
        Example = "0198c0de-5f3e-7b02-9c66-90d1f2aa8e13",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyKey.CharsMax, Pattern = "^[!-~]+$" },
    };

    public static OpenApiHeader Replayed() => new()
    {
        Description = "`true`: this is the answer that the first request with the `Idempotency-Key` got. Otherwise the header is not there.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [JsonValue.Create("true")!] },
    };
}
