using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Folders;

/// <summary>What people say of a folder.</summary>
/// <param name="Note">Null for none.</param>
public sealed record FolderFields(string Name, string? Note);

/// <summary>A folder of recordings.</summary>
/// <param name="Recordings">How many it holds.</param>
/// <param name="OpenLinks">How many links open it now.</param>
/// <param name="CreatedBy">Such as `user:ID`.</param>
/// <param name="Version">Of name and note; in quotes it is the ETag.</param>
public sealed record FolderView(
    FolderId Id, string Name, string? Note, int Recordings, int OpenLinks, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset UpdatedAt, string UpdatedBy, long Version);

/// <summary>A link that is to be made.</summary>
/// <param name="TokenHash">SHA-256 of what stands in the link, which nobody keeps.</param>
/// <param name="Label">To whom it is given.</param>
/// <param name="PasswordHash">Argon2id; null for none.</param>
/// <param name="DownloadsMax">Null for as many as anybody likes.</param>
public sealed record NewFolderLink(byte[] TokenHash, string Label, string? PasswordHash, DateTimeOffset ExpiresAt, int? DownloadsMax);

/// <summary>A link to a folder, without what opens it.</summary>
/// <param name="Label">To whom it was given.</param>
/// <param name="CreatedBy">Who shares: `user:ID`. The link ends with his right to.</param>
/// <param name="DownloadsMax">Null for as many as anybody likes.</param>
/// <param name="Opened">How often.</param>
/// <param name="Downloads">Of whichever recordings. All that is read of one recording after one opening is one download.</param>
/// <param name="WrongPasswords">That were ever tried.</param>
/// <param name="PausedUntil">So many were wrong that none is taken before; null while they are.</param>
/// <param name="EndReason">`revoked`; `sharer`: who shares may no longer; `restored`: the installation was brought back from a back-up. Null while it is not ended.</param>
/// <param name="Holds">Whether it opens the folder: it is not ended, its time is not over, and the organization is not closed.</param>
public sealed record FolderLinkView(
    FolderLinkId Id, string Label, bool HasPassword, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ExpiresAt, int? DownloadsMax, long Opened, long Downloads,
    DateTimeOffset? LastUsedAt, long WrongPasswords, DateTimeOffset? PausedUntil, DateTimeOffset? EndedAt, string? EndedBy, string? EndReason, bool Holds);
