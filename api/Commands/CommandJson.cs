using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StepCloud.Api.Commands;

/// <summary>`--json`: what a command found or did, for programs.</summary>
internal static class CommandJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static Option<bool> Option() => new("--json") { Description = "The result as JSON." };

    public static string Text<T>(T result) => JsonSerializer.Serialize(result, Options);
}
