using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Sessions;

/// <summary>A session that brings recordings of one case, and may nothing else. Its access token is all it has.</summary>
/// <param name="User">Whose code it was begun with.</param>
public sealed record UploadGrant(SessionId Session, UserId User, OrganizationId Organization, CaseId Case, DateTimeOffset EndsAt);
