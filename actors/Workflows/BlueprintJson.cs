using System.Text.Json;
using System.Text.Json.Serialization;

namespace StepCloud.Actors.Workflows;

/// <summary>A blueprint as it is stored and signed: JSON, letter by letter the same for the same blueprint.</summary>
public static class BlueprintJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };

    public static string Write(Blueprint blueprint) => JsonSerializer.Serialize(blueprint, Options);

    /// <exception cref="JsonException">It is no blueprint.</exception>
    public static Blueprint Read(string json)
    {
        Blueprint blueprint = JsonSerializer.Deserialize<Blueprint>(json, Options) ?? throw new JsonException("It is null.");
        return BlueprintRules.Holes(blueprint).FirstOrDefault() is { } hole ? throw new JsonException($"{hole} is null.") : blueprint;
    }
}
