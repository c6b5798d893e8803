using System.Text.Json;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Wire;

/// <summary>A command as it comes on the gateway's topic `commands/{id}`.</summary>
/// <param name="Arguments">A JSON object.</param>
public sealed record CommandMessage(CommandId Id, string Name, JsonElement Arguments, DateTimeOffset CreatedAt, DateTimeOffset Deadline)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Null for what is no such message. Fields that a later server adds are passed over.</summary>
    public static CommandMessage? TryParse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<CommandMessage>(payload, Options) is { Name: not null } command ? command : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What the gateway says a command has come to.</summary>
/// <param name="Outcome">`done`, `failed` or `refused`.</param>
/// <param name="Result">Whatever JSON belongs to it; null is left out.</param>
public sealed record CommandAnswerMessage(string Outcome, string Message, object? Result = null)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Options);
}
