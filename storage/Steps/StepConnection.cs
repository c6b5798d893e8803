using Npgsql;

namespace StepCloud.Storage;

/// <summary>A connection that commits steps, all that it is given in one transaction: by COPY while they are many and new, by one statement otherwise.</summary>
internal sealed class StepConnection : IAsyncDisposable
{
    /// <summary>Commits by the statement after COPY has met what it cannot take: where one gateway sends again, more does.</summary>
    private const int StatementsAfterFailure = 32;

    // One plan for ever, made without looking at the arrays: to plan with their contents would copy them. That plan takes every array for
    // short and would join by nested loops, so these are off. And whatever the server's default is, a commit here waits for the disk.
    private const string SessionSettings = """
        SET synchronous_commit = on;
        SET plan_cache_mode = force_generic_plan;
        SET enable_nestloop = off;
        SET jit = off
        """;

    private readonly NpgsqlConnection _connection;
    private readonly TimeSpan _timeout;
    private readonly StepInsert _insert;
    private readonly StepInsert _bareInsert;
    private readonly StepCopy _copy;
    private int _statementsToCome;

    private StepConnection(NpgsqlConnection connection, bool holdsSites, TimeSpan timeout)
    {
        _connection = connection;
        _timeout = timeout;
        _insert = new StepInsert(connection, holdsSites, bare: false, timeout);
        _bareInsert = new StepInsert(connection, holdsSites, bare: true, timeout);
        _copy = new StepCopy(connection, holdsSites, timeout);
    }

    /// <param name="holdsSites">Other nodes may commit steps of the same sites.</param>
    public static async Task<StepConnection> OpenAsync(NpgsqlDataSource source, bool holdsSites, TimeSpan timeout, CancellationToken cancellationToken)
    {
        StepConnection opened = new(await source.OpenConnectionAsync(cancellationToken), holdsSites, timeout);
        try
        {
            await using NpgsqlCommand settings = new(SessionSettings, opened._connection);
            await settings.ExecuteNonQueryAsync(cancellationToken);
            await opened._insert.PrepareAsync(cancellationToken);
            await opened._bareInsert.PrepareAsync(cancellationToken);
            await opened._copy.PrepareAsync(cancellationToken);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stores those of the steps whose ids are new.</summary>
    /// <param name="steps">No id twice.</param>
    /// <param name="areNew">They were not tried before: a commit whose answer was lost may have stored them.</param>
    /// <returns>The positions of the new ones, by their ids. When it returns they are committed.</returns>
    public async Task<Dictionary<Guid, long>> ExecuteAsync(IReadOnlyList<PendingStep> steps, bool areNew, CancellationToken cancellationToken)
    {
        if (_statementsToCome > 0) _statementsToCome--;
        else if (areNew && StepCopy.CanTake(steps) && await TryCopyAsync(steps, cancellationToken) is { } positions) return positions;
        return await (steps.All(IsBare) ? _bareInsert : _insert).ExecuteAsync(steps, cancellationToken);
    }

    /// <summary>The content hashes of steps that are stored, by their ids.</summary>
    public async Task<Dictionary<Guid, byte[]>> ReadHashesAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new("SELECT id, content_hash FROM step_event WHERE id = ANY ($1)", _connection)
        {
            CommandTimeout = (int)Math.Ceiling(_timeout.TotalSeconds),
            Parameters = { new NpgsqlParameter { Value = ids } },
        };
        Dictionary<Guid, byte[]> hashes = new(ids.Count);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            hashes.Add(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1));
        return hashes;
    }

    public async ValueTask DisposeAsync()
    {
        await _insert.DisposeAsync();
        await _bareInsert.DisposeAsync();
        await _copy.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static bool IsBare(PendingStep pending) => pending.Step.Series.Count == 0 && pending.Step.Logs.Count == 0;

    /// <returns>Null when one of the steps is not for COPY: stored already, or not to be stored.</returns>
    private async Task<Dictionary<Guid, long>?> TryCopyAsync(IReadOnlyList<PendingStep> steps, CancellationToken cancellationToken)
    {
        try
        {
            return await _copy.ExecuteAsync(steps, cancellationToken);
        }
        catch (Exception exception) when (exception is PostgresException or ArgumentException && _connection.State == System.Data.ConnectionState.Open)
        {
            // Whatever it was: the next transaction on this connection shall be one.
            await using NpgsqlCommand rollback = new("ROLLBACK", _connection);
            await rollback.ExecuteNonQueryAsync(cancellationToken);
            if (!DatabaseErrors.IsDataError(exception)) throw;
            _statementsToCome = StatementsAfterFailure;
            return null;
        }
    }
}
