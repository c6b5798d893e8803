using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>A step as it is sent: always the same bytes for the same id.</summary>
/// <param name="Samples">Values in all of its series.</param>
/// <param name="Payload">One JSON object in UTF-8.</param>
public readonly record struct OutboxStep(StepId Id, int Samples, ReadOnlyMemory<byte> Payload)
{
    /// <summary>SHA-256 over what the step says, made when it was made and not from the payload; empty when an older version put it into the outbox.</summary>
    public ReadOnlyMemory<byte> ContentHash { get; init; }
}
