using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Workflows;

/// <summary>A signature: who signed what, with which meaning, when, bound to what was signed by its hash.</summary>
/// <param name="SubjectKind">`blueprint_version` or `job`.</param>
/// <param name="SubjectId">The blueprint's or the job's.</param>
/// <param name="SubjectNumber">Of the blueprint's version; null for a job.</param>
/// <param name="Meaning">`approved`, `released` or `rejected`.</param>
/// <param name="UserName">As it was then.</param>
/// <param name="SecondFactor">Whether a code of a second factor was given with the password.</param>
/// <param name="Comment">What the signer added; null for nothing.</param>
/// <param name="SignedAt">By the server's clock, in whole seconds.</param>
/// <param name="RecordSha256">Over the bytes of what was signed, in hexadecimal.</param>
/// <param name="ChartsSha256">Over the charts that go with a job's record; null for a blueprint.</param>
public sealed record SignatureFacts(
    SignatureId Id, OrganizationId Organization, string SubjectKind, Guid SubjectId, int? SubjectNumber, string Meaning, UserId User, string UserName,
    bool SecondFactor, string? Comment, DateTimeOffset SignedAt, string RecordSha256, string? ChartsSha256);
