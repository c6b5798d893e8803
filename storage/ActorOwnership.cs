using Microsoft.Extensions.Logging;
using Npgsql;
using StepCloud.Storage.Cluster;

namespace StepCloud.Storage;

/// <summary>The database's word that this process, and no other, runs the actors; or that the nodes of one cluster do, and no single process beside them.</summary>
/// <remarks>
/// The lock lives in a connection: it ends with the process, however that ends. When the connection is lost (a restart of PostgreSQL), the
/// lock is taken again; if another process was quicker, <see cref="Lost"/> completes and the owner must stop. In between, the conditional
/// writes of `actor_state` and the ids of the steps keep two owners from harming each other. The nodes of a cluster share the lock, and each holds one
/// more by which the others know that it is there.
/// </remarks>
public sealed partial class ActorOwnership : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly ThisNode _node;
    private readonly NodePresence _presence;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NpgsqlConnection _connection;
    private Task _watch = Task.CompletedTask;

    private ActorOwnership(NpgsqlDataSource source, NpgsqlConnection connection, ThisNode node, NodePresence presence, TimeProvider clock, ILogger logger)
    {
        _source = source;
        _node = node;
        _presence = presence;
        _connection = connection;
        _clock = clock;
        _logger = logger;
    }

    /// <summary>Completes when another process has become the owner.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Takes the ownership; waits for a predecessor that is about to end.</summary>
    /// <returns>Null when another process still has it after <paramref name="patience"/>.</returns>
    public static async Task<ActorOwnership?> TryTakeAsync(
        string connectionString, ThisNode node, NodePresence presence, TimeSpan patience, TimeProvider clock, ILogger<ActorOwnership> logger,
        CancellationToken cancellationToken)
    {
        NpgsqlDataSource source = LockConnection.SourceOf(connectionString, "stepcloud-actors");
        ActorOwnership? ownership = null;
        try
        {
            long start = clock.GetTimestamp();
            while (true)
            {
                if (await TryLockAsync(source, node, cancellationToken) is { } connection)
                {
                    presence.HeldSince = clock.GetUtcNow();
                    ownership = new(source, connection, node, presence, clock, logger);
                    ownership._watch = ownership.WatchAsync();
                    return ownership;
                }

                if (clock.GetElapsedTime(start) >= patience) return null;
                await Task.Delay(LookEvery, clock, cancellationToken);
            }
        }
        finally
        {
            if (ownership is null) await source.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        await _watch;
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
        _stopping.Dispose();
    }

    private static async Task<NpgsqlConnection?> TryLockAsync(NpgsqlDataSource source, ThisNode node, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using NpgsqlCommand command = new(
                node.IsOneOfMany ? "SELECT pg_try_advisory_lock_shared($1) AND pg_try_advisory_lock($2, hashtext($3::text))" : "SELECT pg_try_advisory_lock($1)",
                connection);
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Actors });
            if (node.IsOneOfMany)
            {
                command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = AdvisoryLocks.Node });
                command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = node.Id });
            }

            if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!) return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    private async Task WatchAsync()
    {
        bool away = false;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(LookEvery, _clock, _stopping.Token);
                if (!away)
                {
                    await using NpgsqlCommand command = new("SELECT 1", _connection);
                    await command.ExecuteScalarAsync(_stopping.Token);
                    continue;
                }

                if (await TryLockAsync(_source, _node, _stopping.Token) is { } connection)
                {
                    _connection = connection;
                    _presence.HeldSince = _clock.GetUtcNow();
                    away = false;
                    continue;
                }

                LogLost(_logger);
                _lost.TrySetResult();
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (NpgsqlException)
            {
                if (away) continue;
                away = true;
                _presence.HeldSince = null;
                await _connection.DisposeAsync();
            }
        }
    }

    [LoggerMessage(3900, LogLevel.Critical, "Another process has become the owner of the actors while the database was away; this one must stop")]
    private static partial void LogLost(ILogger logger);
}
