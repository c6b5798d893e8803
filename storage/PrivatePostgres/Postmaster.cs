using System.Globalization;

namespace StepCloud.Storage;

/// <summary>A cluster's running server process, as `postmaster.pid` in its data directory tells.</summary>
internal sealed record Postmaster(int ProcessId, string SocketDirectory, bool IsReady)
{
    private const string FileName = "postmaster.pid";

    // The lines of postmaster.pid (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*), counted from 0.
    private const int ProcessIdLine = 0;
    private const int SocketDirectoryLine = 4;
    private const int StatusLine = 7;

    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, FileName);

    /// <summary>What the file says, true or stale; null when there is none, or it is not wholly written yet.</summary>
    public static Postmaster? Read(string dataDirectory)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(FileIn(dataDirectory));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        if (lines.Length <= SocketDirectoryLine
            || !int.TryParse(lines[ProcessIdLine], NumberStyles.None, CultureInfo.InvariantCulture, out int processId))
            return null;

        bool isReady = lines.Length > StatusLine && lines[StatusLine].Trim() == "ready";
        return new Postmaster(processId, lines[SocketDirectoryLine], isReady);
    }

    /// <summary>The server that runs now; null when the file is stale: its process is gone, or is another program that got its number.</summary>
    public static Postmaster? FindRunning(string dataDirectory) =>
        Read(dataDirectory) is { } postmaster && WorksIn(postmaster.ProcessId, dataDirectory) ? postmaster : null;

    /// <summary>
    /// True while any server process works on the directory. After the postmaster was killed its children end by themselves within moments;
    /// a server that started beside them would find their shared memory in use.
    /// </summary>
    public static bool AnyProcessIn(string dataDirectory) =>
        Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Any(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && WorksIn(id, dataDirectory));

    /// <summary>True when that process's working directory is the data directory, as every PostgreSQL server process's is.</summary>
    private static bool WorksIn(int processId, string dataDirectory)
    {
        try
        {
            return new FileInfo($"/proc/{processId}/cwd").LinkTarget == dataDirectory;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile, or another account's.
            return false;
        }
    }
}
