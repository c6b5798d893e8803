using System.Text.Json;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Wire;

/// <summary>A message on the gateway's errors topic: what the server refused of one message, and why.</summary>
/// <param name="PacketIdentifier">Of the refused PUBLISH; null where it had none.</param>
public sealed record RefusalNotice(string Topic, int? PacketIdentifier, IReadOnlyList<RefusedItem> Refusals)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Null for what is no such message. Fields that a later server adds are passed over.</summary>
    public static RefusalNotice? TryParse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<RefusalNotice>(payload, Options) is { Topic: not null, Refusals: not null } notice ? notice : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Index">Its place in the refused array; 0 for a single object.</param>
/// <param name="Id">The id of the step or the device, where the server could read it.</param>
public sealed record RefusedItem(int Index, string? Id, string? Code, string? Reason)
{
    public StepId? StepId => Contracts.Ids.StepId.TryParse(Id, null, out StepId id) ? id : null;
}
