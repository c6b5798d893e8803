using System.Data;
using Npgsql;
using StepCloud.Contracts.Audit;

namespace StepCloud.Storage;

/// <summary>The way of all stores but the event store to the database: its errors become <see cref="StorageException"/>, reads are tried again.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class StepCloudDatabase(NpgsqlDataSource source, TimeProvider clock)
{
    // After a restart of the server every pooled connection fails once: a read must not be lost for that. Longer absences are the caller's.
    private static readonly TimeSpan[] ReadRetryDelays = [TimeSpan.Zero, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400)];

    private long _writes;

    /// <summary>Counts what was written from here, before whoever wrote it goes on: while it stands still, this process has changed nothing it may have read.</summary>
    /// <remarks>Steps are not counted: the event store has its own way, and nothing that is kept in memory depends on them.</remarks>
    public long Writes => Volatile.Read(ref _writes);

    /// <summary>Reads, and tries again when that can help.</summary>
    internal async Task<T> ReadAsync<T>(Func<DatabaseSession, Task<T>> read, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await InSessionAsync(read, cancellationToken);
            }
            catch (StorageException exception) when (exception.IsTransient && attempt < ReadRetryDelays.Length)
            {
                await Task.Delay(ReadRetryDelays[attempt], clock, cancellationToken);
            }
        }
    }

    /// <summary>As <see cref="ReadAsync"/>; all its statements see the same moment.</summary>
    internal Task<T> ReadMomentAsync<T>(Func<DatabaseSession, Task<T>> read, CancellationToken cancellationToken) => ReadAsync(
        async session =>
        {
            await using NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            T result = await read(session);
            await transaction.CommitAsync(cancellationToken);
            return result;
        },
        cancellationToken);

    internal Task<List<T>> ListAsync<T>(Sql sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken) =>
        ReadAsync(session => session.ListAsync(sql, row, cancellationToken), cancellationToken);

    internal Task<T?> FirstAsync<T>(Sql sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
        where T : class =>
        ReadAsync(session => session.FirstAsync(sql, row, cancellationToken), cancellationToken);

    internal Task<T> ScalarAsync<T>(Sql sql, CancellationToken cancellationToken) =>
        ReadAsync(session => session.ScalarAsync<T>(sql, cancellationToken), cancellationToken);

    /// <summary>One statement that writes. Not tried again: whether it was committed may be unknown.</summary>
    /// <returns>Rows affected.</returns>
    internal Task<int> ExecuteAsync(Sql sql, CancellationToken cancellationToken) =>
        WriteAsync(session => session.ExecuteAsync(sql, cancellationToken), cancellationToken);

    /// <summary>Several statements in one transaction, which is rolled back when <paramref name="write"/> throws.</summary>
    internal Task<T> InTransactionAsync<T>(Func<DatabaseSession, Task<T>> write, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                await using NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(cancellationToken);
                T result = await write(session);
                try
                {
                    await transaction.CommitAsync(cancellationToken);
                }
                catch (NpgsqlException exception)
                {
                    throw StorageException.From(exception, isCommitting: true);
                }

                return result;
            },
            cancellationToken);

    /// <summary>As the other, on somebody's behalf: what it writes into the registry says so (migration 0015).</summary>
    internal Task<T> InTransactionAsync<T>(AuditDoer doer, Func<DatabaseSession, Task<T>> write, CancellationToken cancellationToken) =>
        InTransactionAsync(
            async transaction =>
            {
                await transaction.ActForAsync(doer, cancellationToken);
                return await write(transaction);
            },
            cancellationToken);

    /// <summary>Stores telemetry. Not counted by <see cref="Writes"/>, as steps are not.</summary>
    internal Task<Dictionary<Guid, long>> InsertAsync(TelemetryInsert insert, CancellationToken cancellationToken) =>
        InSessionAsync(session => insert.ExecuteAsync(session.Connection, cancellationToken), cancellationToken);

    /// <summary>A connection of its own until it is disposed: for streams.</summary>
    internal async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => await source.OpenConnectionAsync(cancellationToken);

    private async Task<T> WriteAsync<T>(Func<DatabaseSession, Task<T>> write, CancellationToken cancellationToken)
    {
        try
        {
            return await InSessionAsync(write, cancellationToken);
        }
        finally
        {
            // After a failure too: whether it was committed may be unknown.
            Interlocked.Increment(ref _writes);
        }
    }

    private async Task<T> InSessionAsync<T>(Func<DatabaseSession, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
            return await work(new DatabaseSession(connection));
        }
        catch (NpgsqlException exception)
        {
            throw StorageException.From(exception);
        }
    }
}
