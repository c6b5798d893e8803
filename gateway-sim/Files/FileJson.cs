using System.Text.Json;

namespace StepCloud.GatewaySim.Files;

/// <summary>How the data folder's files and the server's answers are written: snake case, every constructor parameter present.</summary>
internal static class FileJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
    };
}
