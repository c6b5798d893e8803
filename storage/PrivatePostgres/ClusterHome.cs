using System.Security.Cryptography;
using System.Text;

namespace StepCloud.Storage;

/// <summary>The folder of one cluster, and what is where in it.</summary>
/// <param name="Path">Without symbolic links, so that it can be compared with what the kernel says of a process.</param>
internal sealed record ClusterHome(string Path)
{
    /// <summary>`sun_path` of unix(7) has 108 bytes with its final zero.</summary>
    private const int SocketPathBytesMax = 107;

    private const string SocketFile = "/.s.PGSQL.5432";

    private const string TemporarySocketPrefix = "stepcloud-socket-";

    private string SocketDirectory => System.IO.Path.Combine(Path, "socket");

    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>Where `initdb` works; it becomes <see cref="Data"/> only when it is whole.</summary>
    public string NewData => System.IO.Path.Combine(Path, "data.new");

    public string PasswordFile => System.IO.Path.Combine(Path, "password");

    /// <summary>Held open by the process that owns the cluster.</summary>
    public string OwnerFile => System.IO.Path.Combine(Path, "owner");

    /// <summary>What the server says before its own log files are open.</summary>
    public string StartLog => System.IO.Path.Combine(Path, "start.log");

    /// <summary>The major version that made the cluster; null when there is none yet.</summary>
    public int? Major
    {
        get
        {
            string file = System.IO.Path.Combine(Data, "PG_VERSION");
            return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), out int major) ? major : null;
        }
    }

    /// <summary>The folder `postgres` of the data folder; or, when the cluster's account cannot use that, a folder elsewhere and a link to it.</summary>
    /// <returns>The home, and true when a link was made now.</returns>
    public static async Task<(ClusterHome Home, bool LinkMade)> OpenAsync(
        PrivatePostgresOptions options, ClusterAccount account, TimeProvider clock, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.DataDirectory);
        string dataDirectory = await RealPathAsync(options.DataDirectory, clock, cancellationToken);
        string wanted = System.IO.Path.Combine(dataDirectory, "postgres");

        if (new DirectoryInfo(wanted).LinkTarget is { } target)
        {
            await account.MakePrivateDirectoryAsync(target, clock, cancellationToken);
            return (await AtAsync(target, clock, cancellationToken), false);
        }

        bool isNew = !Directory.Exists(wanted) || !Directory.EnumerateFileSystemEntries(wanted).Any();
        if (isNew)
            await account.MakePrivateDirectoryAsync(wanted, clock, cancellationToken);
        bool reachable = await account.CanReachAsync(wanted, clock, cancellationToken);
        if (reachable && (!account.IsOther || FitsSocket(System.IO.Path.Combine(wanted, "socket"))))
            return (await AtAsync(wanted, clock, cancellationToken), false);

        if (!isNew)
        {
            throw new PrivatePostgresException(
                PrivatePostgresFailure.Unreachable,
                $"The user '{account.User}' cannot reach the cluster in {wanted}: start StepCloud as the user who made it, "
                + $"move the data folder to where '{account.User}' may go, or choose another one");
        }

        string elsewhere = FreeName(options.SharedDirectory, dataDirectory);
        await account.MakePrivateDirectoryAsync(elsewhere, clock, cancellationToken);
        Directory.Delete(wanted);
        Directory.CreateSymbolicLink(wanted, elsewhere);
        return (await AtAsync(elsewhere, clock, cancellationToken), true);
    }

    /// <summary>Makes the folder for the server's socket. Private: whoever could put a socket there could pose as the server.</summary>
    public async Task<string> MakeSocketDirectoryAsync(ClusterAccount account, TimeProvider clock, CancellationToken cancellationToken)
    {
        // A long path is left only to an ordinary user: root has put such a cluster elsewhere.
        if (!FitsSocket(SocketDirectory))
            return Directory.CreateTempSubdirectory(TemporarySocketPrefix).FullName;
        await account.MakePrivateDirectoryAsync(SocketDirectory, clock, cancellationToken);
        return SocketDirectory;
    }

    /// <summary>Removes a socket folder that was made outside the home.</summary>
    public void RemoveSocketDirectory(string directory)
    {
        if (directory != SocketDirectory && System.IO.Path.GetFileName(directory).StartsWith(TemporarySocketPrefix, StringComparison.Ordinal)
            && Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    private static async Task<ClusterHome> AtAsync(string path, TimeProvider clock, CancellationToken cancellationToken) =>
        new(await RealPathAsync(path, clock, cancellationToken));

    // Of a data folder that was deleted its cluster may remain: it is left alone, and the new one gets a name of its own.
    private static string FreeName(string sharedDirectory, string dataDirectory)
    {
        string name = System.IO.Path.Combine(sharedDirectory, HashOf(dataDirectory));
        string free = name;
        for (int n = 2; Directory.Exists(free); n++)
            free = $"{name}-{n}";
        return free;
    }

    private static bool FitsSocket(string directory) => Encoding.UTF8.GetByteCount(directory) + SocketFile.Length <= SocketPathBytesMax;

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 8));

    private static async Task<string> RealPathAsync(string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        string full = System.IO.Path.GetFullPath(path);
        OsCommandResult result = await OsCommand.RunAsync(["readlink", "-f", full], TimeSpan.FromSeconds(30), clock, cancellationToken);
        return result.Succeeded ? result.Output.TrimEnd('\n') : full;
    }
}
