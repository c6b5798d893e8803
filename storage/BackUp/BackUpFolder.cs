using System.Security.Cryptography;

namespace StepCloud.Storage.BackUp;

/// <summary>The folder of one back-up: `database/`, which pg_dump writes, and the manifest.</summary>
internal sealed record BackUpFolder(string Path)
{
    private const string DumpName = "database";

    public string Dump => System.IO.Path.Combine(Path, DumpName);

    /// <summary>Makes it, so that the account that pg_dump runs as can write into it and nobody else (but root) can look.</summary>
    /// <exception cref="BackUpException">Something is in it, or it cannot be made.</exception>
    public static async Task<BackUpFolder> MakeAsync(string path, ClusterAccount account, TimeProvider clock, CancellationToken cancellationToken)
    {
        BackUpFolder folder = new(System.IO.Path.GetFullPath(path));
        try
        {
            if (File.Exists(folder.Path) || (Directory.Exists(folder.Path) && Directory.EnumerateFileSystemEntries(folder.Path).Any()))
                throw new BackUpException(BackUpFaults.FolderNotEmpty, $"{folder.Path} is not empty: each back-up has a folder of its own, such as {folder.Path}/{clock.GetUtcNow():yyyy-MM-dd}.");
            if (!Directory.Exists(folder.Path)) await account.MakePrivateDirectoryAsync(folder.Path, clock, cancellationToken);
            await account.MakePrivateDirectoryAsync(folder.Dump, clock, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PrivatePostgresException)
        {
            throw new BackUpException(BackUpFaults.FolderUnreachable, $"{folder.Path} cannot be written: {e.Message}", e);
        }

        await folder.RequireReachAsync(account, clock, cancellationToken);
        return folder;
    }

    public async Task RequireReachAsync(ClusterAccount account, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await account.CanReachAsync(Dump, clock, cancellationToken)) return;
        throw new BackUpException(
            BackUpFaults.FolderUnreachable,
            $"PostgreSQL's programs do not run as root, and '{account.User}' cannot enter {Dump}: use a folder that it can, such as below /var/backups (and chown -R {account.User} it), or run this as an ordinary user.");
    }

    /// <summary>Every file of the dump, each read to its end.</summary>
    public async Task<IReadOnlyList<BackUpFile>> SumAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        List<BackUpFile> files = [];
        foreach (string file in Directory.EnumerateFiles(Dump, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = System.IO.Path.GetRelativePath(Path, file);
            progress?.Report($"summing {name}");
            files.Add(new BackUpFile(name, new FileInfo(file).Length, await Sha256Async(file, cancellationToken)));
        }

        return files;
    }

    /// <summary>Holds every file against the manifest, before anything is done with one.</summary>
    /// <exception cref="BackUpException">One is missing, altered, or too many.</exception>
    public async Task VerifyAsync(BackUpManifest manifest, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        foreach (BackUpFile file in manifest.Files)
        {
            string path = System.IO.Path.Combine(Path, file.Path);
            if (!File.Exists(path)) throw new BackUpException(BackUpFaults.FileMissing, $"{file.Path} of the back-up is missing.");
            progress?.Report($"verifying {file.Path}");
            if (new FileInfo(path).Length != file.Bytes || await Sha256Async(path, cancellationToken) != file.Sha256)
                throw new BackUpException(BackUpFaults.FileAltered, $"{file.Path} is not what was backed up: its length or its SHA-256 is another.");
        }

        HashSet<string> known = [.. manifest.Files.Select(file => file.Path)];
        foreach (string file in Directory.EnumerateFiles(Dump, "*", SearchOption.AllDirectories).Select(file => System.IO.Path.GetRelativePath(Path, file)))
            if (!known.Contains(file)) throw new BackUpException(BackUpFaults.FileUnknown, $"{file} is not in the manifest.");
    }

    /// <summary>Takes away what was begun: it would fill the disk, and be taken for a back-up.</summary>
    public void Discard()
    {
        if (Directory.Exists(Dump)) Directory.Delete(Dump, recursive: true);
        foreach (string file in (string[])[BackUpManifest.FileName, BackUpManifest.FileName + ".new", BackUpManifest.SumFileName])
            File.Delete(System.IO.Path.Combine(Path, file));
    }

    private static async Task<string> Sha256Async(string file, CancellationToken cancellationToken)
    {
        await using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
