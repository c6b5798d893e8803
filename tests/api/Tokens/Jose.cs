using System.Text.Json;
using System.Text.Json.Nodes;
using StepCloud.Tests.Api.Tools;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>npm's jose, through tests/node/jose.js.</summary>
internal static class Jose
{
    /// <summary>The answer of the method of that name; `error` in it is jose's own code for a refusal.</summary>
    public static async Task<JsonElement> CallAsync(string method, JsonObject request)
    {
        request["method"] = method;
        (int exitCode, string output, string errors) = await Node.RunAsync("jose", ["jose.js"], request.ToJsonString(), TimeSpan.FromSeconds(60));
        return exitCode == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException($"node jose.js ended with {exitCode}: {errors}");
    }
}
