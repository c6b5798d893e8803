using System.Runtime.CompilerServices;
using Npgsql;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage;

/// <summary>An open connection, inside a transaction or not.</summary>
internal sealed class DatabaseSession(NpgsqlConnection connection)
{
    private int? _timeoutSeconds;

    public NpgsqlConnection Connection => connection;

    /// <summary>For what reads or moves whole tables: its statements have no time-out.</summary>
    public DatabaseSession WaitAsLongAsItTakes()
    {
        _timeoutSeconds = 0;
        return this;
    }

    /// <returns>Rows affected.</returns>
    public async Task<int> ExecuteAsync(Sql sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(sql);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<List<T>> ListAsync<T>(Sql sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        await foreach (T item in StreamAsync(sql, row, cancellationToken))
            rows.Add(item);
        return rows;
    }

    public async Task<T?> FirstAsync<T>(Sql sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
        where T : class
    {
        await using NpgsqlCommand command = Command(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? row(reader) : null;
    }

    /// <summary>The first column of the only row.</summary>
    public async Task<T> ScalarAsync<T>(Sql sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task ForEachAsync(Sql sql, Action<NpgsqlDataReader> row, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) row(reader);
    }

    public async IAsyncEnumerable<T> StreamAsync<T>(
        Sql sql, Func<NpgsqlDataReader, T> row, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = Command(sql);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return row(reader);
    }

    /// <summary>Until the end of the transaction: what is written into the registry says who did it (migration 0015).</summary>
    public Task ActForAsync(AuditDoer doer, CancellationToken cancellationToken) =>
        ExecuteAsync(new Sql("SELECT set_config('stepcloud.doer', $1, true)", AuditDoerKinds.TextOf(doer)), cancellationToken);

    private NpgsqlCommand Command(Sql sql)
    {
        NpgsqlCommand command = new(sql.Text, connection);
        if (_timeoutSeconds is { } seconds) command.CommandTimeout = seconds;
        sql.AddTo(command.Parameters);
        return command;
    }
}
