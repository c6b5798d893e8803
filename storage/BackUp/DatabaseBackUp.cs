using System.Globalization;
using Npgsql;

namespace StepCloud.Storage.BackUp;

/// <summary>Makes a back-up of the whole database while the server goes on: pg_dump in directory format, and a manifest.</summary>
public static class DatabaseBackUp
{
    private static readonly TimeSpan ListTimeout = TimeSpan.FromMinutes(5);

    private static readonly Sql Ask = new(
        """
        SELECT clock_timestamp(), current_setting('server_version'), (SELECT max(version) FROM schema_migration), pg_database_size(current_database()),
               (SELECT key_id FROM master_key)
        """);

    /// <param name="connectionString">Of the same database.</param>
    /// <param name="program">The version of this program.</param>
    /// <param name="jobs">Tables that are dumped at a time, each by a connection of its own.</param>
    /// <returns>The manifest, and its SHA-256.</returns>
    /// <exception cref="BackUpException">It cannot be made; nothing of it is left in the folder.</exception>
    public static async Task<(BackUpManifest Manifest, string Sha256)> MakeAsync(
        StepCloudDatabase database, string connectionString, string folder, string program, int jobs, IProgress<string>? progress, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        List<Facts> facts = await database.ListAsync(Ask, Read, cancellationToken);
        PostgresClients clients = await PostgresClients.FindAsync(PostgresClients.MajorOf(facts[0].Postgres), archiveMajor: null, clock, cancellationToken);
        BackUpFolder into = await BackUpFolder.MakeAsync(folder, clients.Account, clock, cancellationToken);
        try
        {
            await ClientProgram.RunAsync(
                [
                    .. clients.Account.Prefix, clients.Dump, "--format=directory", $"--file={into.Dump}", $"--jobs={jobs.ToString(CultureInfo.InvariantCulture)}",
                    "--no-password", "--verbose",
                ],
                connectionString, BackUpFaults.DumpFailed, progress, cancellationToken);
            await RequireReadableAsync(clients, into, clock, cancellationToken);
            BackUpManifest manifest = new(
                BackUpManifest.CurrentFormat, facts[0].Now, clock.GetUtcNow(), program, facts[0].Migration, facts[0].Postgres, clients.Version, facts[0].MasterKeyId,
                facts[0].Bytes, await into.SumAsync(progress, cancellationToken));
            return (manifest, await manifest.WriteAsync(into.Path, cancellationToken));
        }
        catch (Exception e)
        {
            into.Discard();
            if (e is IOException) throw new BackUpException(BackUpFaults.DiskFull, $"{into.Path} cannot be written: {e.Message}", e);
            throw;
        }
    }

    /// <summary>What pg_restore cannot list it cannot restore: better known now.</summary>
    private static async Task RequireReadableAsync(PostgresClients clients, BackUpFolder folder, TimeProvider clock, CancellationToken cancellationToken)
    {
        OsCommandResult listed = await clients.Account.RunAsync([clients.Restore, "--list", folder.Dump], ListTimeout, clock, cancellationToken);
        if (!listed.Succeeded) throw new BackUpException(BackUpFaults.DumpFailed, $"pg_restore cannot read what pg_dump has written: {listed.Said}");
    }

    private static Facts Read(NpgsqlDataReader reader) => new(
        reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1).Split(' ')[0], reader.GetInt32(2), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4));

    private sealed record Facts(DateTimeOffset Now, string Postgres, int Migration, long Bytes, string? MasterKeyId);
}
