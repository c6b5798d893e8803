using System.Security.Cryptography;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Outbox;

namespace StepCloud.GatewaySim.Ledgers;

/// <summary>A step as the ledger tells of it.</summary>
/// <param name="Samples">Values in all of its series.</param>
/// <param name="Sha256">Of the bytes that are sent for it, without the array around them: 64 lower-case hex digits.</param>
public readonly record struct SentStep(StepId Id, int Samples, string Sha256)
{
    public static SentStep Of(in OutboxStep step) => new(step.Id, step.Samples, Convert.ToHexStringLower(SHA256.HashData(step.Payload.Span)));
}
