using Npgsql;

namespace StepCloud.Storage.Cluster;

/// <summary>Lets one node at a time do what is done once for all of them.</summary>
/// <remarks>The lock lives in a connection, so it passes on within a second when its node ends, however it ends. For a moment two may take themselves for the one: what they do has to bear that.</remarks>
public sealed class DutiesLock(DatabaseAddress address, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Waits for the lock, does the work while it is held, and waits again when it is lost. Ends when it is cancelled.</summary>
    /// <param name="work">Is cancelled when the lock is lost.</param>
    /// <param name="cancellationToken">Ends it; the work is waited for.</param>
    public async Task HoldAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await HoldOnceAsync(work, cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
            {
                await Task.Delay(LookEvery, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task HoldOnceAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await using NpgsqlDataSource source = LockConnection.SourceOf(address.ConnectionString, "stepcloud-duties");
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        await using (NpgsqlCommand take = new("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = AdvisoryLocks.Duties } } })
        {
            while (!(bool)(await take.ExecuteScalarAsync(cancellationToken))!) await Task.Delay(LookEvery, clock, cancellationToken);
        }

        using CancellationTokenSource lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task working = work(lost.Token);
        try
        {
            await using NpgsqlCommand look = new("SELECT 1", connection);
            while (!working.IsCompleted)
            {
                await Task.WhenAny(working, Task.Delay(LookEvery, clock, cancellationToken));
                await look.ExecuteScalarAsync(cancellationToken);
            }

            // It has failed: that is no matter of the lock.
            await working;
        }
        finally
        {
            await lost.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>A connection that holds a lock for as long as its process lives, and no longer.</summary>
internal static class LockConnection
{
    /// <param name="name">By which its metrics know it, which would tell user and host otherwise.</param>
    /// <returns>Of connections that are never given back to a pool: closing it ends the session and so the lock. When the process is cut off, the database ends it after some seconds of silence.</returns>
    public static NpgsqlDataSource SourceOf(string connectionString, string name)
    {
        NpgsqlConnectionStringBuilder settings = new(connectionString) { Pooling = false, KeepAlive = 10, CommandTimeout = 5 };
        settings.Options = $"{settings.Options} -c tcp_keepalives_idle=3 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = name }.Build();
    }
}
