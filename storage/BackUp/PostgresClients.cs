using System.Globalization;

namespace StepCloud.Storage.BackUp;

/// <summary>PostgreSQL's pg_dump and pg_restore of one version, and the account that they run as: never root.</summary>
/// <param name="Version">Such as `15.18`.</param>
internal sealed record PostgresClients(string BinDirectory, string Version, ClusterAccount Account)
{
    private const string OrdinaryUser = "postgres";

    private static readonly TimeSpan VersionTimeout = TimeSpan.FromSeconds(30);

    public int Major => MajorOf(Version);

    public string Dump => Path.Combine(BinDirectory, "pg_dump");

    public string Restore => Path.Combine(BinDirectory, "pg_restore");

    public static int MajorOf(string version) => int.Parse(new string([.. version.TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);

    /// <summary>Of the server's version; where that is not installed the next newer one, which reads older servers too.</summary>
    /// <param name="serverMajor">pg_dump refuses servers that are newer than itself.</param>
    /// <param name="archiveMajor">Of the pg_dump that made an archive to be read; null when one is to be made.</param>
    /// <exception cref="BackUpException">There is none.</exception>
    public static async Task<PostgresClients> FindAsync(int serverMajor, int? archiveMajor, TimeProvider clock, CancellationToken cancellationToken)
    {
        ClusterAccount account = await ClusterAccount.ChooseAsync(OrdinaryUser, clock, cancellationToken);
        List<PostgresClients> found = [];
        foreach (string folder in PostgresInstallation.Candidates().Distinct(StringComparer.Ordinal))
        {
            if (await AtAsync(folder, account, clock, cancellationToken) is { } clients) found.Add(clients);
        }

        int least = Math.Max(serverMajor, archiveMajor ?? 0);
        return found.Where(clients => clients.Major >= least).MinBy(clients => clients.Major) ?? throw new BackUpException(
            BackUpFaults.NoClient,
            found.Count == 0
                ? $"pg_dump and pg_restore are not installed: apt-get install postgresql-client-{least}."
                : $"This needs pg_dump and pg_restore of PostgreSQL {least}, and only {string.Join(", ", found.Select(clients => clients.Version).Distinct())} is installed: apt-get install postgresql-client-{least}.");
    }

    private static async Task<PostgresClients?> AtAsync(string folder, ClusterAccount account, TimeProvider clock, CancellationToken cancellationToken)
    {
        string dump = Path.Combine(folder, "pg_dump");
        if (!File.Exists(dump) || !File.Exists(Path.Combine(folder, "pg_restore"))) return null;
        OsCommandResult version = await OsCommand.RunAsync([dump, "--version"], VersionTimeout, clock, cancellationToken);
        return PostgresInstallation.VersionIn(version.Output) is { } text ? new PostgresClients(folder, text, account) : null;
    }
}
