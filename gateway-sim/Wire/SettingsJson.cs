using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StepCloud.GatewaySim.Wire;

/// <summary>Settings as a step holds them: without white space, and nothing escaped that JSON lets stand. So a server hashes them too.</summary>
internal static class SettingsJson
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonObject settings) => settings.ToJsonString(Options);
}
