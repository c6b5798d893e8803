using System.Globalization;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Api.Workflows.Records;

/// <summary>A signature as a batch record shows it. Who the organization is stands in the record's job.</summary>
/// <param name="SignedAt">UTC, in whole seconds.</param>
/// <param name="RecordSha256">In hexadecimal.</param>
/// <param name="ChartsSha256">In hexadecimal; null for a blueprint's version.</param>
/// <param name="Jws">Says the same, signed by the installation (<see cref="SignatureToken"/>).</param>
public sealed record SignatureRow(
    Guid Id, string SubjectKind, Guid SubjectId, int? SubjectNumber, string Meaning, Guid UserId, string UserName, bool SecondFactor, string? Comment,
    string SignedAt, string RecordSha256, string? ChartsSha256, string Jws)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static SignatureRow Of(SignatureFacts facts, string jws) => new(
        facts.Id.Value, facts.SubjectKind, facts.SubjectId, facts.SubjectNumber, facts.Meaning, facts.User.Value, facts.UserName, facts.SecondFactor,
        facts.Comment, facts.SignedAt.UtcDateTime.ToString(TimeFormat), Convert.ToHexStringLower(facts.RecordHash),
        facts.ChartsHash is { } charts ? Convert.ToHexStringLower(charts) : null, jws);

    /// <exception cref="FormatException">The time or a hash is not written as it has to be.</exception>
    public SignatureFacts Facts(Guid organization) => new(
        new SignatureId(Id), new OrganizationId(organization), SubjectKind, SubjectId, SubjectNumber, Meaning, new UserId(UserId), UserName, SecondFactor,
        Comment, DateTimeOffset.ParseExact(SignedAt, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
        Convert.FromHexString(RecordSha256), ChartsSha256 is { } charts ? Convert.FromHexString(charts) : null);
}
