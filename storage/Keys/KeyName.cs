using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Keys;

/// <summary>Which key of an organization is meant.</summary>
/// <param name="Purpose">What for, in one word: a key that was made for one purpose opens for no other.</param>
/// <param name="Id">Of what it is the key of. One key has it.</param>
public sealed record KeyName(OrganizationId Organization, string Purpose, Guid Id)
{
    /// <summary>What a case's fields are sealed with, and the keys of whatever else goes with the case.</summary>
    public static KeyName OfCase(OrganizationId organization, CaseId id) => new(organization, "case", id.Value);

    /// <summary>What a recording's bytes are sealed with.</summary>
    public static KeyName OfRecording(OrganizationId organization, RecordingId id) => new(organization, "recording", id.Value);

    /// <summary>What the name of a folder and the labels of its links are sealed with.</summary>
    public static KeyName OfFolder(OrganizationId organization, FolderId id) => new(organization, "folder", id.Value);

    /// <summary>What an organization's look-ups are hashed with. It outlives the versions of the organization's key (ADR 0017).</summary>
    public static KeyName OfLookUps(OrganizationId organization) => new(organization, "look-up", organization.Value);

    /// <summary>The purpose that its wrapped form is bound to.</summary>
    internal string WrapPurpose => $"key:{Purpose}:{Organization}:{Id:D}";
}
