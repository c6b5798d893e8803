using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using StepCloud.Api.Http.Documents;

namespace StepCloud.Api.Gateways;

/// <summary>Stands on a route that takes a message of a gateway: which of docs/schema it is, the same as over MQTT.</summary>
/// <param name="Schema">The name of its file.</param>
/// <param name="Example">One that validates.</param>
internal sealed record UplinkBody(string Schema, string Example)
{
    public static readonly UplinkBody Steps = new(
        "step",
        """
        {"id": "0198c0de-0000-7000-8000-000000000101", "device": "0198c0de-0000-7000-8000-000000000001", "kind": "task_performed",
         "started": "2026-03-02T08:15:00Z", "ended": "2026-03-02T09:05:30Z", "label": "Tray 7", "settings": {"layer_um": 50},
         "series": [{"name": "temperature", "unit": "°C", "times_us": [0, 1000000], "values": [23.5, 23.75]}], "logs": [{"kind": "build", "lines": ["Layer 12 of 480."]}]}
        """);

    public static readonly UplinkBody Telemetry = new(
        "telemetry",
        """
        {"id": "0198c0de-0000-7000-8000-000000000201", "device": "0198c0de-0000-7000-8000-000000000001", "sent": "2026-03-02T08:20:01Z", "state": "running",
         "step": "0198c0de-0000-7000-8000-000000000101", "started": "2026-03-02T08:15:00Z", "label": "Tray 7", "progress": 0.25, "layer": 120, "layers": 480,
         "remaining_s": 900, "series": [{"name": "temperature", "unit": "°C", "times_us": [300000000, 300500000], "values": [23.5, 23.75]}]}
        """);

    public static readonly UplinkBody Announcements = new(
        "announcement",
        """
        {"device": "0198c0de-0000-7000-8000-000000000001", "source": "asiga-1", "model": "Asiga MAX UV385", "interface": "http", "label": "Printer by the window",
         "serial": "MX-1234", "network_address": "192.0.2.17"}
        """);

    public static readonly UplinkBody CommandResult = new("command-result", """{"outcome": "done", "message": "The profile is set.", "result": {"profile": "fast"}}""");
}

/// <summary>Puts the schemas of docs/schema into a document.</summary>
internal static class UplinkDocument
{
    private const string Definitions = "$defs";

    public static void Describe(OpenApiDocument document, OpenApiOperation operation, UplinkBody body)
    {
        JsonObject file = Read(body.Schema);
        string name = OperationNames.Pascal(body.Schema);
        JsonObject definitions = file[Definitions]?.AsObject() ?? [];
        file.Remove(Definitions);
        foreach ((string definition, JsonNode? schema) in definitions) Add(document, NameOf(name, definition), schema!, name);
        Add(document, name + "Message", file, name);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/json"] = new() { Schema = new OpenApiSchemaReference(name + "Message", document), Example = JsonNode.Parse(body.Example) },
            },
        };
    }

    private static void Add(OpenApiDocument document, string name, JsonNode schema, string file)
    {
        string text = schema.ToJsonString();
        foreach (string definition in References(schema).Distinct(StringComparer.Ordinal))
            text = text.Replace($"\"#/{Definitions}/{definition}\"", $"\"#/components/schemas/{NameOf(file, definition)}\"", StringComparison.Ordinal);
        JsonObject own = JsonNode.Parse(text)!.AsObject();
        // Of a file of its own; and a condition, which says nothing to who makes clients of the document.
        foreach (string word in (string[])["$schema", "$id", "if", "then"]) own.Remove(word);
        document.AddComponent(name, new OpenApiJsonReader().ReadFragment<OpenApiSchema>(own, OpenApiSpecVersion.OpenApi3_1, document, out _)!);
    }

    private static string NameOf(string file, string definition) =>
        string.Equals(file, definition, StringComparison.OrdinalIgnoreCase) ? file : file + OperationNames.Pascal(definition);

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(pair => pair is { Key: "$ref", Value: JsonValue value } ? [((string)value!).Split('/')[^1]] : References(pair.Value)),
        JsonArray array => array.SelectMany(References),
        _ => [],
    };

    private static JsonObject Read(string name)
    {
        using Stream file = typeof(UplinkDocument).Assembly.GetManifestResourceStream($"schema/{name}.json") ?? throw new InvalidOperationException($"There is no schema {name}.");
        return JsonNode.Parse(file)!.AsObject();
    }
}
