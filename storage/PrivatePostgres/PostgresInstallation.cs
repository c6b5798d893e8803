using System.Globalization;
using System.Text.RegularExpressions;

namespace StepCloud.Storage;

/// <summary>The PostgreSQL binaries of one version on this machine.</summary>
internal sealed partial record PostgresInstallation(string BinDirectory, int Major)
{
    public const int MajorMin = 15;

    private const string HowToInstall = "apt-get install postgresql";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    public string InitDb => Path.Combine(BinDirectory, "initdb");

    public string PgCtl => Path.Combine(BinDirectory, "pg_ctl");

    /// <summary>The newest installation; or, for a cluster that exists, the one of its own major version.</summary>
    public static async Task<PostgresInstallation> FindAsync(
        string? binDirectory, int? clusterMajor, TimeProvider clock, CancellationToken cancellationToken)
    {
        List<PostgresInstallation> found = [];
        foreach (string candidate in binDirectory is null ? Candidates() : [binDirectory])
        {
            if (await AtAsync(candidate, clock, cancellationToken) is { } installation)
                found.Add(installation);
        }

        found = [.. found.Where(installation => installation.Major >= MajorMin).OrderByDescending(installation => installation.Major)];
        if (found.Count == 0)
        {
            string where = binDirectory is null ? "" : $" in {binDirectory}";
            throw new PrivatePostgresException(
                PrivatePostgresFailure.NotInstalled, $"PostgreSQL {MajorMin} or later is not installed{where}: {HowToInstall}");
        }

        if (clusterMajor is null)
            return found[0];

        return found.Find(installation => installation.Major == clusterMajor)
            ?? throw new PrivatePostgresException(
                PrivatePostgresFailure.OtherVersion,
                $"The cluster was made by PostgreSQL {clusterMajor}, and only {string.Join(", ", found.Select(f => f.Major))} is installed: "
                + $"{HowToInstall}-{clusterMajor}, or upgrade the cluster with pg_upgrade");
    }

    // Debian's and Red Hat's folders hold every installed version side by side; elsewhere the binaries are on the PATH.
    internal static IEnumerable<string> Candidates()
    {
        string[] versioned = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        string[] redHat = Directory.Exists("/usr") ? Directory.GetDirectories("/usr", "pgsql-*") : [];
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return versioned.Concat(redHat).Select(folder => Path.Combine(folder, "bin")).Concat(path);
    }

    private static async Task<PostgresInstallation?> AtAsync(string binDirectory, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!Programs.All(name => File.Exists(Path.Combine(binDirectory, name))))
            return null;

        OsCommandResult version = await OsCommand.RunAsync(
            [Path.Combine(binDirectory, "postgres"), "--version"], TimeSpan.FromSeconds(30), clock, cancellationToken);
        Match match = VersionPattern().Match(version.Output);
        return match.Success
            ? new PostgresInstallation(binDirectory, int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>The version in what a program of PostgreSQL answers to `--version`, such as `15.18`; null when it is none.</summary>
    internal static string? VersionIn(string answer) => VersionPattern().Match(answer) is { Success: true } match ? match.Groups["version"].Value : null;

    // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `postgres (PostgreSQL) 18beta1`
    [GeneratedRegex(@"\(PostgreSQL\) (?<version>(?<major>[0-9]{1,3})[0-9a-z.]*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionPattern();
}
