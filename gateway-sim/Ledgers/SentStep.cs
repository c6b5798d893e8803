using System.Security.Cryptography;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Outbox;

namespace StepCloud.GatewaySim.Ledgers;

/// <summary>A step as the ledger tells of it.</summary>
/// <param name="Samples">Values in all of its series.</param>
/// <param name="Sha256">Of the bytes that are sent for it, without the array around them: 64 lower-case hex digits.</param>
/// <param name="ContentSha256">Of what the step says, in the form in which servers hash it too: 64 lower-case hex digits; empty for one that an older version made.</param>
public readonly record struct SentStep(StepId Id, int Samples, string Sha256, string ContentSha256)
{
    public static SentStep Of(in OutboxStep step) => new(
        step.Id, step.Samples, Convert.ToHexStringLower(SHA256.HashData(step.Payload.Span)), Convert.ToHexStringLower(step.ContentHash.Span));
}
