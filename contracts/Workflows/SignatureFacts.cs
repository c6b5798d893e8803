using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Workflows;

/// <summary>Who signed what, when and with which meaning.</summary>
/// <param name="SubjectKind">`job` or `blueprint_version`.</param>
/// <param name="SubjectId">The job's id, or the blueprint's.</param>
/// <param name="SubjectNumber">Of a blueprint's version; null for a job.</param>
/// <param name="Meaning">`released`, `rejected` or `approved`.</param>
/// <param name="UserName">As it was when he signed.</param>
/// <param name="SecondFactor">He gave a second factor beside his password.</param>
/// <param name="Comment">Null for none.</param>
/// <param name="SignedAt">UTC, in whole seconds.</param>
/// <param name="RecordHash">SHA-256 of what was signed: a job's record, or a version's document.</param>
/// <param name="ChartsHash">SHA-256 of the charts that go with a job's record; null for a version.</param>
public sealed record SignatureFacts(
    SignatureId Id,
    OrganizationId Organization,
    string SubjectKind,
    Guid SubjectId,
    int? SubjectNumber,
    string Meaning,
    UserId User,
    string UserName,
    bool SecondFactor,
    string? Comment,
    DateTimeOffset SignedAt,
    byte[] RecordHash,
    byte[]? ChartsHash)
{
    public const string Job = "job";
    public const string BlueprintVersion = "blueprint_version";
    public const string Released = "released";
    public const string Rejected = "rejected";
    public const string Approved = "approved";

    /// <summary>Says the other the same? By their bytes too, which a record compares by reference.</summary>
    public bool SaysTheSameAs(SignatureFacts other) =>
        this with { RecordHash = other.RecordHash, ChartsHash = other.ChartsHash } == other
        && RecordHash.AsSpan().SequenceEqual(other.RecordHash)
        && (ChartsHash is null) == (other.ChartsHash is null) && ChartsHash.AsSpan().SequenceEqual(other.ChartsHash);
}
