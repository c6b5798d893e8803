using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Api.Ingress;

public enum UplinkKind
{
    Steps,
    Telemetry,
    Devices,
    CommandResult,

    /// <summary>On a topic that is not this gateway's, or that means nothing here.</summary>
    NotTaken,
}

/// <summary>One message of a gateway, as it came.</summary>
/// <param name="Source">`mqtt` or `http`.</param>
/// <param name="Topic">The topic, or the path.</param>
/// <param name="Payload">Valid until the call that takes it completes.</param>
/// <param name="TopicRefusal">Why it is not taken at all.</param>
/// <param name="Command">Which command it answers, if it does.</param>
public sealed record UplinkMessage(
    UplinkKind Kind, string Source, string Topic, ReadOnlyMemory<byte> Payload, Refusal? TopicRefusal = null, CommandId Command = default);

/// <summary>What became of a message, element by element.</summary>
public sealed record UplinkAnswer(IReadOnlyList<UplinkResult> Results)
{
    /// <summary>True when all of it was stored, and none of it before.</summary>
    public bool IsNewAndWhole => Results.All(result => result.Outcome == UplinkResults.Stored);

    public Refusal? FirstRefusal => Results.FirstOrDefault(result => result.Refusal is not null)?.Refusal;
}

/// <param name="Index">The element's place in the message's array; 0 for a message that is one element.</param>
/// <param name="Id">The step's or device's id, where it could be read.</param>
/// <param name="Outcome">One of <see cref="UplinkResults"/>.</param>
public sealed record UplinkResult(int Index, Guid? Id, string Outcome, Refusal? Refusal, string? Model = null);

public static class UplinkResults
{
    public const string Stored = "stored";
    public const string AlreadyStored = "already_stored";
    public const string Known = "known";
    public const string Refused = "refused";
}
