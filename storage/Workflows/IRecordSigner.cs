using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>Signs for the installation. Called inside of transactions: neither waits nor asks anybody.</summary>
public interface IRecordSigner
{
    /// <returns>A compact JWS that says what the facts say.</returns>
    string Sign(SignatureFacts facts);

    /// <summary>The entry that a signature made, as the audit's export writes it, with a head signed over it.</summary>
    /// <returns>A JSON object: what a batch record has as `audit`.</returns>
    string Attest(AuditEntry entry);
}

/// <summary>Somebody who has just shown that it is he who signs.</summary>
/// <param name="HasSecondFactor">With a code, beside the password.</param>
/// <param name="Comment">What he adds; null for nothing.</param>
public sealed record Signer(StepCloud.Contracts.Ids.UserId Id, bool HasSecondFactor, string? Comment);
