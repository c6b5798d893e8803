namespace StepCloud.Api.Workflows.Records;

/// <summary>What was found of a batch record.</summary>
/// <param name="Job">The job's code.</param>
/// <param name="Faults">What is wrong, a sentence each; empty for a record that is sound.</param>
/// <param name="Warnings">What a reader has to know, and is not wrong.</param>
/// <param name="Signatures">Who has signed, as the file says: true only without faults.</param>
public sealed record BatchRecordVerdict(
    string Job, string RecordSha256, string ChartsSha256, IReadOnlyList<string> Faults, IReadOnlyList<string> Warnings, IReadOnlyList<SignatureWords> Signatures)
{
    public bool IsSound => Faults.Count == 0;
}

/// <param name="Of">`job` or `blueprint_version`.</param>
/// <param name="Issuer">The installation that saw the signature; null when the signed text cannot be read.</param>
public sealed record SignatureWords(string Of, string Meaning, string UserName, Guid User, string SignedAt, string? Comment, string? Issuer, string? KeyId);
