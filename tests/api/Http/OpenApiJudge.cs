using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Tools;

namespace StepCloud.Tests.Api.Http;

/// <summary>Outside judges of the OpenAPI documents: npm's Spectral with its OWASP ruleset, and ajv for examples and answers.</summary>
internal static class OpenApiJudge
{
    /// <returns>What Spectral finds, errors and warnings, as `rule at place: message`.</returns>
    public static async Task<string[]> LintAsync(JsonNode document)
    {
        using Support.TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "document.json");
        await File.WriteAllTextAsync(file, document.ToJsonString());
        (int exitCode, string output, string errors) = await Node.RunAsync(
            "@stoplight/spectral-cli",
            ["node_modules/@stoplight/spectral-cli/dist/index.js", "lint", "--quiet", "--format", "json", "--fail-severity", "hint", "--ruleset", "openapi-rules.yaml", file],
            "", TimeSpan.FromMinutes(3));
        exitCode.ShouldBeInRange(0, 1, errors);
        string[] findings =
        [
            .. JsonNode.Parse(output)!.AsArray().Select(finding => $"{finding!["code"]} at {string.Join(' ', finding["path"]!.AsArray().Select(part => $"{part}"))}: {finding["message"]}"),
        ];
        (exitCode == 0).ShouldBe(findings.Length == 0, errors);
        return findings;
    }

    /// <param name="answers">With `path`, `method`, `status`, `mediaType` and `body`.</param>
    /// <returns>How many examples were held against their schemas, and what is wrong with them and with the answers.</returns>
    public static async Task<(int Examples, string[] Faults)> HoldAsync(JsonNode document, JsonArray answers)
    {
        JsonObject request = new() { ["document"] = document.DeepClone(), ["answers"] = answers };
        (int exitCode, string output, string errors) = await Node.RunAsync("ajv", ["judge-openapi.js"], request.ToJsonString(), TimeSpan.FromMinutes(2));
        exitCode.ShouldBe(0, errors);
        JsonNode verdict = JsonNode.Parse(output)!;
        ((int)verdict["answers"]!).ShouldBe(answers.Count);
        return ((int)verdict["examples"]!, [.. verdict["faults"]!.AsArray().Select(fault => (string)fault!)]);
    }
}
