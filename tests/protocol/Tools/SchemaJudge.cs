using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Protocol.Tools;

/// <summary>npm's ajv, on the schemas of docs/schema.</summary>
internal static class SchemaJudge
{
    private static readonly string[] Names = ["step", "telemetry", "announcement", "refusal", "command", "command-result"];

    public static JsonNode Schema(string name) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(BuiltProgram.Root, "docs", "schema", name + ".json")))!;

    /// <returns>For each case null where it is valid, else what is wrong with it.</returns>
    public static async Task<string?[]> FaultsAsync(IEnumerable<(string Schema, JsonNode Value)> cases)
    {
        JsonObject request = new()
        {
            ["schemas"] = new JsonObject(Names.Select(name => KeyValuePair.Create(name, (JsonNode?)Schema(name)))),
            ["cases"] = new JsonArray([.. cases.Select(one => new JsonObject { ["schema"] = one.Schema, ["value"] = one.Value.DeepClone() })]),
        };
        ToolResult result = await Tool.Node.RunAsync(["judge-schema.js"], request.ToJsonString(), Tool.NodeFolder);
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Errors.ShouldBeEmpty("the schemas have no fault that ajv would only warn of");
        return [.. JsonNode.Parse(result.Output)!.AsArray().Select(fault => (string?)fault)];
    }
}
