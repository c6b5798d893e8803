using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Storage.Workflows;

/// <summary>Signs for the installation. Called inside of transactions: neither waits nor asks anybody.</summary>
public interface IRecordSigner
{
    /// <returns>A compact JWS that says what the facts say.</returns>
    string Sign(SignatureFacts facts);

    /// <returns>A head over the entry, a compact JWS.</returns>
    string SignHead(AuditEntry entry);
}

/// <summary>Somebody who has just shown that it is he who signs.</summary>
/// <param name="HasSecondFactor">With a code, beside the password.</param>
/// <param name="Comment">What he adds; null for nothing.</param>
public sealed record Signer(UserId Id, bool HasSecondFactor, string? Comment);
