using Npgsql;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Mqtt;

/// <summary>Holds up every commit of steps (or into another table) until it is disposed; what is stored can be read meanwhile.</summary>
internal sealed class StepTableLock : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private readonly string _table;

    private StepTableLock(TestDatabase database, NpgsqlConnection connection, NpgsqlTransaction transaction, string table)
    {
        _table = table;
        _database = database;
        _connection = connection;
        _transaction = transaction;
    }

    public static async Task<StepTableLock> TakeAsync(TestDatabase database, string table = "step_event")
    {
        NpgsqlConnection connection = await database.Source.OpenConnectionAsync();
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await using NpgsqlCommand command = new($"LOCK TABLE {table} IN SHARE MODE", connection, transaction);
        await command.ExecuteNonQueryAsync();
        return new StepTableLock(database, connection, transaction, table);
    }

    /// <summary>A statement that stores has come, and waits for this lock.</summary>
    public Task SomebodyWaitsAsync() => Eventually.HoldsAsync(
        () => _database.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = $1::regclass AND NOT granted AND mode = 'RowExclusiveLock')", _table),
        "a statement waits for the table");

    public async ValueTask DisposeAsync()
    {
        await _transaction.RollbackAsync();
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
