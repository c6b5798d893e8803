namespace StepCloud.Storage.BackUp;

/// <summary>A back-up or a restore cannot be done. The message says why, and what to do.</summary>
/// <param name="code">One of <see cref="BackUpFaults"/>.</param>
public sealed class BackUpException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code => code;
}

/// <summary>Why not. Stable: programs search by them.</summary>
public static class BackUpFaults
{
    /// <summary>pg_dump and pg_restore are not installed in a version that can do it.</summary>
    public const string NoClient = "postgres_client_missing";

    /// <summary>Something is in the folder already.</summary>
    public const string FolderNotEmpty = "folder_not_empty";

    /// <summary>The folder cannot be made, entered or written by the account that PostgreSQL's programs run as.</summary>
    public const string FolderUnreachable = "folder_unreachable";

    public const string DiskFull = "disk_full";

    /// <summary>pg_dump failed.</summary>
    public const string DumpFailed = "dump_failed";

    /// <summary>There is no manifest: it is no back-up, or one that was never finished.</summary>
    public const string NoManifest = "manifest_missing";

    /// <summary>The manifest is not what was written, or not the one that was meant.</summary>
    public const string ManifestAltered = "manifest_altered";

    /// <summary>A file that the manifest names is not there.</summary>
    public const string FileMissing = "file_missing";

    /// <summary>A file is not what the manifest says.</summary>
    public const string FileAltered = "file_altered";

    /// <summary>A file that the manifest does not name.</summary>
    public const string FileUnknown = "file_unknown";

    /// <summary>It was made by a newer program than this one.</summary>
    public const string MadeByNewer = "made_by_newer_version";

    /// <summary>The server is an older PostgreSQL than that which the back-up was made of.</summary>
    public const string ServerTooOld = "server_too_old";

    public const string DatabaseNotEmpty = "database_not_empty";

    /// <summary>Another program is connected to the database.</summary>
    public const string DatabaseInUse = "database_in_use";

    /// <summary>pg_restore failed.</summary>
    public const string RestoreFailed = "restore_failed";
}
