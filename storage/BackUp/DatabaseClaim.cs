using Npgsql;
using StepCloud.Storage.Cluster;

namespace StepCloud.Storage.BackUp;

/// <summary>A database that no server runs on, and that none can start on while this is held.</summary>
public sealed class DatabaseClaim : IAsyncDisposable
{
    /// <summary>The connections of a program that was stopped or killed are gone within moments.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;

    private DatabaseClaim(NpgsqlDataSource source, NpgsqlConnection connection) => (_source, _connection) = (source, connection);

    internal int ServerMajor => _connection.PostgreSqlVersion.Major;

    /// <summary>Takes what a server takes at its start: the lock of migrations, and that of the owner of the actors.</summary>
    /// <param name="alone">Nobody else may be connected either.</param>
    /// <exception cref="BackUpException">Another program runs on the database.</exception>
    public static async Task<DatabaseClaim> TakeAsync(string connectionString, bool alone, TimeProvider clock, CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = LockConnection.SourceOf(connectionString, "claim");
        NpgsqlConnection connection = source.CreateConnection();
        try
        {
            await connection.OpenAsync(cancellationToken);
            long start = clock.GetTimestamp();
            while (await FindOtherAsync(connection, alone, cancellationToken) is { } other)
            {
                if (clock.GetElapsedTime(start) >= Patience) throw new BackUpException(BackUpFaults.DatabaseInUse, $"{other} Stop it first: 'stepcloud serve', 'stepcloud-silo serve' and every reader.");
                await Task.Delay(LookEvery, clock, cancellationToken);
            }

            return new DatabaseClaim(source, connection);
        }
        catch
        {
            await connection.DisposeAsync();
            await source.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="BackUpException">There is something in it.</exception>
    public async Task RequireEmptyAsync(CancellationToken cancellationToken)
    {
        string? found = await ScalarAsync<string>(
            _connection,
            """
            SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
              AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
            ORDER BY 1 LIMIT 1
            """,
            cancellationToken);
        if (found is not null)
            throw new BackUpException(BackUpFaults.DatabaseNotEmpty, $"The database {_connection.Database} is not empty: it has {found}. A restore goes into a new one (CREATE DATABASE), and never over another.");
    }

    /// <summary>Lets migrations go on, which take the lock themselves. The owner's is kept.</summary>
    public Task AllowMigrationAsync(CancellationToken cancellationToken) =>
        ScalarAsync<object>(_connection, "SELECT pg_advisory_unlock($1)", cancellationToken, AdvisoryLocks.Migration);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    /// <returns>Who is there, as a sentence; null when nobody is.</returns>
    private static async Task<string?> FindOtherAsync(NpgsqlConnection connection, bool alone, CancellationToken cancellationToken)
    {
        bool isOurs = await ScalarAsync<object>(connection, "SELECT pg_try_advisory_lock($1)", cancellationToken, AdvisoryLocks.Actors) is true;
        if (isOurs && await ScalarAsync<object>(connection, "SELECT pg_try_advisory_lock($1)", cancellationToken, AdvisoryLocks.Migration) is not true)
        {
            await ScalarAsync<object>(connection, "SELECT pg_advisory_unlock($1)", cancellationToken, AdvisoryLocks.Actors);
            isOurs = false;
        }

        if (!isOurs) return "A StepCloud process runs on this database.";
        if (!alone) return null;
        // The database's own workers have no user.
        string? other = await ScalarAsync<string>(
            connection,
            """
            SELECT format('%s (process %s of the server, user %s)', coalesce(nullif(application_name, ''), 'A program'), pid, usename) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL LIMIT 1
            """,
            cancellationToken);
        if (other is null) return null;
        await ScalarAsync<object>(connection, "SELECT pg_advisory_unlock($1)", cancellationToken, AdvisoryLocks.Actors);
        await ScalarAsync<object>(connection, "SELECT pg_advisory_unlock($1)", cancellationToken, AdvisoryLocks.Migration);
        return $"{other} is connected to this database.";
    }

    private static async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values) where T : class
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync(cancellationToken) as T;
    }
}
