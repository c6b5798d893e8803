using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>Brings a database to this program's schema: forward only, all that is new in one transaction, one process at a time.</summary>
/// <remarks>All or nothing: were the first of two new migrations to stay when the second fails, neither this program nor the one before it would run on the database.</remarks>
public sealed partial class Migrator(NpgsqlDataSource source, IReadOnlyList<Migration> migrations, TimeProvider clock, ILogger<Migrator> logger)
{
    private static readonly Version ServerMin = new(15, 0);

    /// <returns>How many migrations were applied.</returns>
    /// <exception cref="MigrationException">The database does not fit the program; the message says how.</exception>
    public async Task<int> MigrateAsync(CancellationToken cancellationToken)
    {
        RequireOrder();
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        if (connection.PostgreSqlVersion < ServerMin)
        {
            throw new MigrationException(
                MigrationFailure.ServerTooOld, $"The server is PostgreSQL {connection.PostgreSqlVersion}, and StepCloud needs {ServerMin.Major} or later");
        }

        // A lock of the session, since it spans several transactions. Whoever waits for it may wait as long as the other one's migrations take.
        await ExecuteAsync(connection, "SELECT pg_advisory_lock($1)", cancellationToken, AdvisoryLocks.Migration);
        try
        {
            List<AppliedMigration> applied = await ReadAppliedAsync(connection, cancellationToken);
            RequireSameHistory(applied);
            await ApplyAsync(connection, [.. migrations.Skip(applied.Count)], cancellationToken);
            return migrations.Count - applied.Count;
        }
        finally
        {
            // Not the caller's token: a pooled connection must not keep the lock. A broken one has lost it.
            if (connection.State == ConnectionState.Open)
                await ExecuteAsync(connection, "SELECT pg_advisory_unlock($1)", CancellationToken.None, AdvisoryLocks.Migration);
        }
    }

    /// <summary>For a process that leaves the schema to another: is it this program's?</summary>
    /// <exception cref="MigrationException">It is not; the message says how.</exception>
    public async Task RequireCurrentAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        List<AppliedMigration> applied = await ReadAppliedAsync(connection, cancellationToken);
        RequireSameHistory(applied);
        if (applied.Count < migrations.Count)
        {
            throw new MigrationException(
                MigrationFailure.DatabaseOlder,
                $"The database is at migration {applied.Count} and this program at {migrations.Count}: start the main process of this version first");
        }
    }

    private void RequireOrder()
    {
        for (int index = 0; index < migrations.Count; index++)
        {
            if (migrations[index].Version != index + 1)
                throw new MigrationException(MigrationFailure.NotInOrder, $"Migration {migrations[index]} stands where number {index + 1} belongs");
        }
    }

    private void RequireSameHistory(List<AppliedMigration> applied)
    {
        for (int index = 0; index < applied.Count; index++)
        {
            if (index >= migrations.Count)
            {
                throw new MigrationException(
                    MigrationFailure.DatabaseNewer,
                    $"The database is at migration {applied[^1].Version} ({applied[^1].Name}) and this program ends at {migrations.Count}: "
                    + "run the newer program");
            }

            Migration own = migrations[index];
            if (applied[index].Version != own.Version || !applied[index].Checksum.AsSpan().SequenceEqual(own.Checksum))
            {
                throw new MigrationException(
                    MigrationFailure.Edited,
                    $"Migration {own} is not the text that was applied to the database as {applied[index].Version} ({applied[index].Name}): "
                    + "restore it, and put the change into a new migration");
            }
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<Migration> pending, CancellationToken cancellationToken)
    {
        if (pending.Count == 0) return;
        List<(Migration Migration, TimeSpan Took)> done = [];
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (Migration migration in pending)
        {
            long started = clock.GetTimestamp();
            await ApplyAsync(connection, migration, pending[0].Version - 1, cancellationToken);
            done.Add((migration, clock.GetElapsedTime(started)));
        }

        await transaction.CommitAsync(cancellationToken);
        foreach ((Migration migration, TimeSpan took) in done) Log.Applied(logger, migration, took.TotalMilliseconds);
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, int versionBefore, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
        }
        catch (PostgresException exception)
        {
            throw new MigrationException(
                MigrationFailure.Failed,
                $"Migration {migration} failed and was rolled back: {exception.MessageText} ({exception.SqlState}). The database is at migration {versionBefore} as before: "
                + "the program before this one runs on with it. Mend what the message names, or report it, and start this one again",
                exception);
        }

        await ExecuteAsync(
            connection,
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                version integer PRIMARY KEY,
                name text NOT NULL,
                checksum bytea NOT NULL,
                applied_at timestamptz NOT NULL)
            """,
            cancellationToken);
        await ExecuteAsync(
            connection,
            "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
            cancellationToken,
            migration.Version, migration.Name, migration.Checksum, clock.GetUtcNow());
    }

    private static async Task<List<AppliedMigration>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<AppliedMigration> applied = [];
        await using NpgsqlCommand exists = new("SELECT to_regclass('schema_migration') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
            return applied;

        await using NpgsqlCommand command = new("SELECT version, name, checksum FROM schema_migration ORDER BY version", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(new AppliedMigration(reader.GetInt32(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        // A migration of a big table takes as long as it takes.
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record AppliedMigration(int Version, string Name, byte[] Checksum);

    private static partial class Log
    {
        [LoggerMessage(3030, LogLevel.Information, "Migration {Migration} was applied in {Milliseconds:0} ms")]
        public static partial void Applied(ILogger logger, Migration migration, double milliseconds);
    }
}
