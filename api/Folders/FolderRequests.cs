using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Cases;
using StepCloud.Api.Http;
using StepCloud.Api.Passwords;
using StepCloud.Api.Recordings;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Folders;

namespace StepCloud.Api.Folders;

/// <param name="Name">What it is called, in a line of up to 200 characters. Whoever has a link sees it.</param>
/// <param name="Note">For colleagues, in up to 1000 characters. No link shows it.</param>
public sealed record FolderRequest(string Name, string? Note = null)
{
    internal FolderFields Fields => new(Name.Trim(), Note?.Trim());

    internal ProblemHttpResult? Fault() => CaseTexts.LineFault("/name", Name, FolderStore.NameCharsMax)
        ?? (Note is null || (!string.IsNullOrWhiteSpace(Note) && Note.Length <= FolderStore.NoteCharsMax && StorableText.Is(Note))
            ? null
            : Problems.InvalidRequest("/note", $"It must be a text of 1 to {FolderStore.NoteCharsMax} characters, or left out."));
}

/// <param name="Label">To whom it is given, in a line of up to 200 characters: for colleagues, who have to know which one to revoke.</param>
/// <param name="ExpiresAt">At most 90 days from now; a week when it is left out.</param>
/// <param name="Password">As a user's: at least 12 characters, and not what is guessed first. Tell it by another way than the link.</param>
/// <param name="DownloadsMax">Of whichever recordings; left out for as many as anybody likes.</param>
public sealed record CreateFolderLinkRequest(string Label, DateTimeOffset? ExpiresAt = null, string? Password = null, int? DownloadsMax = null)
{
    public const int DownloadsLimit = 10_000;

    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(7);

    /// <summary>What is needed for longer than a quarter has a reason to be shared anew; nobody remembers an older one.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromDays(90);

    private static readonly TimeSpan LifetimeMin = TimeSpan.FromMinutes(1);

    internal ProblemHttpResult? Fault(DateTimeOffset now) => CaseTexts.LineFault("/label", Label, FolderLinks.LabelCharsMax)
        ?? (ExpiresAt is { } at && (at < now + LifetimeMin || at > now + LifetimeMax)
            ? Problems.InvalidRequest("/expires_at", $"It must be between a minute and {LifetimeMax.Days} days from now.")
            : null)
        ?? (Password is { } password && PasswordPolicy.Check(password, "") is { } fault ? Problems.PasswordRefused("/password", fault) : null)
        ?? (DownloadsMax is < 1 or > DownloadsLimit ? Problems.InvalidRequest("/downloads_max", $"It must be between 1 and {DownloadsLimit}, or left out.") : null);
}

/// <param name="Url">What is given away. It is shown this once: what opens it is kept nowhere.</param>
public sealed record FolderLinkCreated(FolderLinkView Link, string Url);

/// <param name="Items">The newest recording first.</param>
public sealed record FolderContentsResponse(IReadOnlyList<FolderRecordingResponse> Items);

/// <param name="IsShared">Whether links show it: it is of no case, or consents to recordings and to sharing hold.</param>
public sealed record FolderRecordingResponse(RecordingResponse Recording, bool IsShared);

/// <param name="Password">Where the link has one.</param>
public sealed record OpenSharedLinkRequest(string? Password = null);

/// <param name="Link">Stands in the addresses of what it shows.</param>
/// <param name="Organization">Who shares.</param>
/// <param name="Folder">What it is called.</param>
/// <param name="ExpiresAt">Until when the link can be opened.</param>
/// <param name="DownloadsLeft">Null for as many as there may be.</param>
public sealed record SharedLinkOpened(FolderLinkId Link, string Organization, string Folder, DateTimeOffset ExpiresAt, long? DownloadsLeft);

/// <param name="Items">The newest recording first.</param>
public sealed record SharedRecordingsResponse(IReadOnlyList<SharedRecordingResponse> Items);

/// <summary>A recording as whoever has a link sees it.</summary>
/// <param name="Name">As the file was called; null for none.</param>
/// <param name="Bytes">Of content.</param>
/// <param name="StoredAt">When it was brought.</param>
public sealed record SharedRecordingResponse(RecordingId Id, string? Name, string MediaType, long Bytes, DateTimeOffset StoredAt);
