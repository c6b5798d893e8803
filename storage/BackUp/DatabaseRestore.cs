using System.Globalization;
using Npgsql;

namespace StepCloud.Storage.BackUp;

/// <summary>Brings a back-up into an empty database. Everything that can be known before is checked before the first row.</summary>
public static class DatabaseRestore
{
    /// <summary>Reads the manifest, and every file that it names.</summary>
    /// <param name="sha256">Of the manifest, when somebody kept it elsewhere; else null.</param>
    /// <exception cref="BackUpException">It is not whole, or not for this program.</exception>
    public static async Task<BackUpManifest> VerifyAsync(string folder, string? sha256, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        BackUpFolder from = new(Path.GetFullPath(folder));
        try
        {
            return await VerifyAsync(from, sha256, progress, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackUpException(BackUpFaults.FolderUnreachable, $"{from.Path} cannot be read: {e.Message}", e);
        }
    }

    /// <param name="manifest">As <see cref="VerifyAsync(string, string?, IProgress{string}?, CancellationToken)"/> has read it.</param>
    /// <param name="jobs">With one it is a single transaction, so that a restore that fails leaves the database empty. With more it is faster, and such a database is to be made anew.</param>
    /// <exception cref="BackUpException">It cannot be done.</exception>
    public static async Task RunAsync(
        BackUpManifest manifest, string folder, DatabaseClaim claim, string connectionString, int jobs, IProgress<string>? progress, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        int madeOf = PostgresClients.MajorOf(manifest.Postgres);
        if (claim.ServerMajor < madeOf)
            throw new BackUpException(BackUpFaults.ServerTooOld, $"The back-up is of PostgreSQL {manifest.Postgres}, and this server is {claim.ServerMajor}: restore it on {madeOf} or later.");
        await claim.RequireEmptyAsync(cancellationToken);
        PostgresClients clients = await PostgresClients.FindAsync(claim.ServerMajor, PostgresClients.MajorOf(manifest.PgDump), clock, cancellationToken);
        BackUpFolder from = new(Path.GetFullPath(folder));
        await from.RequireReachAsync(clients.Account, clock, cancellationToken);
        string database = new NpgsqlConnectionStringBuilder(connectionString) is { Database: { Length: > 0 } named } ? named : new NpgsqlConnectionStringBuilder(connectionString).Username!;
        await ClientProgram.RunAsync(
            [
                .. clients.Account.Prefix, clients.Restore, "--format=directory", $"--dbname=dbname={Quoted(database)}", "--no-password", "--verbose", "--exit-on-error",
                // As after a migration: everything is the application's, until the audit is given away.
                "--no-owner", "--no-privileges",
                jobs == 1 ? "--single-transaction" : $"--jobs={jobs.ToString(CultureInfo.InvariantCulture)}", from.Dump,
            ],
            connectionString, BackUpFaults.RestoreFailed, progress, cancellationToken);
        progress?.Report("counting what the planner needs");
        await AnalyzeAsync(connectionString, cancellationToken);
    }

    private static async Task<BackUpManifest> VerifyAsync(BackUpFolder from, string? sha256, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        BackUpManifest manifest = await BackUpManifest.ReadAsync(from.Path, sha256, cancellationToken);
        int known = Migration.Embedded().Count;
        if (manifest.Migration > known)
        {
            throw new BackUpException(
                BackUpFaults.MadeByNewer,
                $"The back-up is of migration {manifest.Migration}, and this program ends at {known}: restore it with the program that made it, {manifest.StepCloud}, or a newer one.");
        }

        await from.VerifyAsync(manifest, progress, cancellationToken);
        return manifest;
    }

    /// <summary>A dump holds no statistics, and without them the first hours would be slow.</summary>
    private static async Task AnalyzeAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using NpgsqlCommand analyze = new("ANALYZE", connection);
        await analyze.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>As a value of a connection string of libpq.</summary>
    private static string Quoted(string value) => $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
