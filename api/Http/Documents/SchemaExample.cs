using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace StepCloud.Api.Http.Documents;

/// <summary>A value that a schema takes: put together of the examples of its parts, and of what texts of that name look like.</summary>
internal static class SchemaExample
{
    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["name"] = "Workshop", ["site_name"] = "Workshop", ["label"] = "Printer by the window", ["user_name"] = "Ada Example", ["organization"] = "Dental laboratory North",
        ["role"] = "technician", ["roles"] = "technician", ["code"] = "123456", ["user_code"] = "BCDF-GHJK", ["token_type"] = "Bearer", ["plan"] = "standard",
        ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code", ["client_id"] = "stepcloud-gateway", ["serial"] = "GW-00042", ["model"] = "Asiga MAX UV385",
        ["software_version"] = "2.4.1", ["hardware_version"] = "rev-c", ["reason"] = "It was sold.", ["remote_address"] = "192.0.2.17", ["agent"] = "Mozilla/5.0", ["action"] = "gateway.created",
        ["verification_uri"] = "https://stepcloud.example.org/pair", ["verification_uri_complete"] = "https://stepcloud.example.org/pair?user_code=BCDF-GHJK",
        ["uri"] = "otpauth://totp/StepCloud:ada%40example.org?secret=JBSWY3DPEHPK3PXP&issuer=StepCloud", ["secret"] = "JBSWY3DPEHPK3PXP",
        ["error"] = "authorization_pending", ["error_description"] = "Nobody has decided yet.", ["outcome"] = "stored", ["started_by"] = "password",
        ["session_started_by"] = "password", ["protocol"] = "MQTT 5.0", ["kind"] = "user", ["state"] = "answered", ["unit"] = "mm", ["chart"] = "line",
        ["topic"] = "sc/1/0198c0de-0000-7000-8000-000000000030/steps", ["source"] = "mqtt", ["recovery_codes"] = "7kqm-w2xd", ["lines"] = "Layer 12 of 480.",
        ["result"] = "passed", ["reference"] = "Certificate 2026-118", ["device_id"] = "tablet-3", ["device_name"] = "By the window", ["note"] = "The light engine was cleaned before.", ["key"] = "sck_EXAMPLE", ["at"] = "2026-03-02T08:15:00.000000Z", ["content_hash"] = Hash, ["hash"] = Hash, ["previous_hash"] = Hash,
        ["access_token"] = "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl", ["refresh_token"] = "kq3vS1xYc0m7", ["token"] = "kq3vS1xYc0m7", ["device_code"] = "kq3vS1xYc0m7",
    };

    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const int DepthMax = 8;

    public static JsonNode? Of(IOpenApiSchema schema, string name, int depth = 0)
    {
        if (depth > DepthMax) return null;
        if (schema.Examples is [var given, ..]) return given?.DeepClone();
        if (schema.Default is { } standard) return standard.DeepClone();
        if (schema.Enum is [var first, ..]) return first?.DeepClone();
        IOpenApiSchema? part = (schema.OneOf ?? []).Concat(schema.AnyOf ?? []).Concat(schema.AllOf ?? []).FirstOrDefault(candidate => candidate.Type != JsonSchemaType.Null);
        if (part is not null) return Of(part, name, depth + 1);
        JsonSchemaType type = schema.Type ?? default;
        if (type.HasFlag(JsonSchemaType.Object)) return ObjectOf(schema, depth);
        if (type.HasFlag(JsonSchemaType.Array)) return schema.Items is { } items ? new JsonArray(Of(items, name, depth + 1)) : new JsonArray();
        if (type.HasFlag(JsonSchemaType.String)) return TextOf(schema, name);
        if (type.HasFlag(JsonSchemaType.Integer) || type.HasFlag(JsonSchemaType.Number)) return 1;
        if (type.HasFlag(JsonSchemaType.Boolean)) return true;
        // Any JSON: settings, arguments, reasons.
        return new JsonObject();
    }

    private static JsonObject ObjectOf(IOpenApiSchema schema, int depth)
    {
        JsonObject example = [];
        foreach ((string name, IOpenApiSchema of) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal))
            example[name] = Of(of, name, depth + 1);
        return example;
    }

    private static string TextOf(IOpenApiSchema schema, string name) => schema.Format switch
    {
        "uuid" => "0198c0de-0000-7000-8000-000000000001",
        "date-time" => "2026-03-02T08:15:00Z",
        "date" => "2026-03-02",
        "email" => "ada@example.org",
        "password" => "gumbo trellis oxbow quern",
        _ => Texts.GetValueOrDefault(name, "text"),
    };
}
