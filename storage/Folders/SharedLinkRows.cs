using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Folders;

/// <summary>A link that holds, as whoever has it comes with it.</summary>
/// <param name="PasswordHash">Null for none.</param>
public sealed record SharedLink(FolderLinkId Id, FolderId Folder, OrganizationId Organization, string? PasswordHash);

/// <summary>What is shown to whoever has opened a link.</summary>
/// <param name="Organization">What the organization is called.</param>
/// <param name="Folder">What the folder is called.</param>
/// <param name="DownloadsLeft">Null for as many as he likes.</param>
public sealed record OpenedFolder(string Organization, string Folder, DateTimeOffset ExpiresAt, long? DownloadsLeft);

/// <summary>Somebody who has opened a link a while ago.</summary>
/// <param name="Id">Of the opening.</param>
public sealed record SharedGrant(Guid Id, FolderLinkId Link, FolderId Folder, OrganizationId Organization);

/// <summary>What became of the wish to open a link.</summary>
public abstract record OpenLinkOutcome
{
    private OpenLinkOutcome()
    {
    }

    public sealed record Opened(OpenedFolder Folder) : OpenLinkOutcome;

    /// <summary>It holds no more.</summary>
    public sealed record Gone : OpenLinkOutcome
    {
        public static readonly Gone Instance = new();
    }

    /// <summary>So many have it open that nobody else can for now.</summary>
    /// <param name="OfNetwork">From that network; others may.</param>
    public sealed record TooMany(TimeSpan RetryAfter, bool OfNetwork) : OpenLinkOutcome;
}

/// <summary>What became of the wish to download a recording.</summary>
public enum BeginDownload
{
    /// <summary>It is counted, or was when it was begun.</summary>
    Begun,

    /// <summary>The link holds no more, or does not show this recording.</summary>
    Gone,

    /// <summary>The link has been used for as many downloads as it may.</summary>
    UsedUp,
}
