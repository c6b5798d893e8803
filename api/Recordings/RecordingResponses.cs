using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>A recording, without its bytes.</summary>
/// <param name="Subject">What it is of: `step`, `device`, `job` or `case`.</param>
/// <param name="SubjectId">The id of that.</param>
/// <param name="Case">The case that it concerns; null for none.</param>
/// <param name="MediaType">As its content was found to be.</param>
/// <param name="Name">As the file was called where it came from; null for none, or while there is no consent.</param>
/// <param name="Bytes">Of content.</param>
/// <param name="Sha256">Of the content, in hexadecimal digits; its ETag too.</param>
/// <param name="CreatedAt">When its first byte was awaited, by the server's clock.</param>
/// <param name="CreatedBy">Who brought it: `user:ID` or `gateway:ID`.</param>
/// <param name="StoredAt">When all of it was safe.</param>
/// <param name="HasConsent">Whether its content can be read: it concerns no case, or a consent to recordings holds.</param>
/// <param name="Fault">What was found to be wrong with the stored bytes; null for nothing.</param>
public sealed record RecordingResponse(
    RecordingId Id, string Subject, Guid SubjectId, Guid? Case, string MediaType, string? Name, long Bytes, string Sha256, DateTimeOffset CreatedAt, string CreatedBy,
    DateTimeOffset StoredAt, bool HasConsent, string? Fault)
{
    public static RecordingResponse Of(Recording recording, string? name) => new(
        recording.Id, recording.Subject.Kind, recording.Subject.Id, recording.Case?.Value, recording.MediaType, name, recording.ReceivedBytes,
        Convert.ToHexStringLower(recording.Stored!.ContentHash), recording.CreatedAt, recording.CreatedBy, recording.Stored.At, recording.HasConsent, recording.Fault);
}

/// <summary>A recording whose stored bytes are not what they were.</summary>
/// <param name="Organization">Whose it is.</param>
/// <param name="Subject">What it is of: `step`, `device`, `job` or `case`.</param>
/// <param name="SubjectId">The id of that.</param>
/// <param name="Bytes">Of content.</param>
/// <param name="Fault">In a sentence.</param>
/// <param name="FaultAt">When it was found first.</param>
/// <param name="CheckedAt">When it was looked at last.</param>
public sealed record RottenRecordingResponse(
    RecordingId Id, OrganizationId Organization, string Subject, Guid SubjectId, long Bytes, string Fault, DateTimeOffset FaultAt, DateTimeOffset? CheckedAt)
{
    public static RottenRecordingResponse Of(Recording recording) => new(
        recording.Id, recording.Organization, recording.Subject.Kind, recording.Subject.Id, recording.ReceivedBytes, recording.Fault!, recording.FaultAt!.Value,
        recording.CheckedAt);
}
