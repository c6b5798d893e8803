using System.Diagnostics.CodeAnalysis;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Files;

/// <summary>Everything that the gateways keep: credentials, device ids, outboxes, ledgers. One process at a time owns it.</summary>
/// <remarks>
/// Two processes would send one outbox twice and, worse, rotate one refresh token twice, which ends its family.
/// The lock is the kernel's (flock), so a killed process leaves none behind.
/// </remarks>
public sealed class DataFolder : IDisposable
{
    private const string LockName = "lock";
    private const string GatewaysName = "gateways";

    /// <summary>EWOULDBLOCK, by which flock(2) says that another has the lock; .NET hands Linux's number on as it is.</summary>
    private const int WouldBlock = 11;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    /// <exception cref="UserErrorException">Another process owns the folder, or it cannot be written.</exception>
    public static DataFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            CreatePrivateDirectory(System.IO.Path.Combine(path, GatewaysName));
            return new DataFolder(path, TryLock(System.IO.Path.Combine(path, LockName))
                ?? throw new UserErrorException($"The data folder {path} is in use by another process."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The data folder {path} cannot be opened: {e.Message}");
        }
    }

    /// <summary>The enrolled gateways, in the order of their enrolment.</summary>
    public IReadOnlyList<GatewayFolder> Gateways() =>
        [.. Directory.EnumerateDirectories(System.IO.Path.Combine(Path, GatewaysName))
            .Select(directory => TryOpen(directory, out GatewayFolder? gateway) ? gateway : null)
            .OfType<GatewayFolder>()
            .OrderBy(gateway => gateway.Credentials.EnrolledAt)
            .ThenBy(gateway => gateway.Credentials.Id.Value)];

    /// <summary>Keeps the credentials of a gateway that has just been enrolled; they are on the disk when it returns.</summary>
    public GatewayFolder Add(GatewayCredentials credentials)
    {
        string directory = System.IO.Path.Combine(Path, GatewaysName, credentials.Id.ToString());
        CreatePrivateDirectory(directory);
        GatewayFolder gateway = new(directory, credentials);
        gateway.Save(credentials);
        DirectorySync.Flush(System.IO.Path.Combine(Path, GatewaysName));
        return gateway;
    }

    public void Dispose() => _lock.Dispose();

    internal static void CreatePrivateDirectory(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static FileStream? TryLock(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
    }

    // A folder without credentials is an enrolment that a crash cut short: the server has that gateway, nobody has its token.
    private static bool TryOpen(string directory, [NotNullWhen(true)] out GatewayFolder? gateway)
    {
        gateway = null;
        if (!GatewayId.TryParse(System.IO.Path.GetFileName(directory), null, out _) || GatewayCredentials.TryRead(directory) is not { } credentials)
            return false;
        gateway = new GatewayFolder(directory, credentials);
        return true;
    }
}
