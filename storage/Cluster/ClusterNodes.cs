namespace StepCloud.Storage.Cluster;

/// <summary>Which processes of the cluster are there.</summary>
/// <exception cref="StorageException">From every method.</exception>
public sealed class ClusterNodes(StepCloudDatabase database, ThisNode self, NodePresence presence, TimeProvider clock)
{
    /// <summary>After a restart of the database each node needs a moment to hold its lock again.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    public Task EnterAsync(string name, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("INSERT INTO cluster_node (id, name, started_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING", self.Id, name, clock.GetUtcNow()),
        cancellationToken);

    /// <summary>Whether that process has ended. False also while this one cannot tell.</summary>
    public async Task<bool> IsGoneAsync(Guid node, CancellationToken cancellationToken) =>
        node != self.Id && CanTell && await database.ScalarAsync<bool>(new Sql("SELECT cluster_node_is_gone($1)", node), cancellationToken);

    /// <summary>Those that have ended and were not yet forgotten.</summary>
    public async Task<IReadOnlyList<Guid>> ListGoneAsync(CancellationToken cancellationToken) => CanTell
        ? await database.ListAsync(
            new Sql("SELECT id FROM cluster_node WHERE id <> $1 AND cluster_node_is_gone(id) ORDER BY id", self.Id), row => row.GetGuid(0), cancellationToken)
        : [];

    /// <summary>Nothing is left to be done for it.</summary>
    public Task ForgetAsync(Guid node, CancellationToken cancellationToken) =>
        database.ExecuteAsync(new Sql("DELETE FROM cluster_node WHERE id = $1 AND cluster_node_is_gone(id)", node), cancellationToken);

    private bool CanTell => presence.HeldSince is { } since && clock.GetUtcNow() - since >= Settled;
}

/// <summary>Since when this process has held its locks without a break; null while it does not.</summary>
public sealed class NodePresence
{
    private long _since;

    public DateTimeOffset? HeldSince
    {
        get => Interlocked.Read(ref _since) is var ticks && ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
        set => Interlocked.Exchange(ref _since, value?.UtcTicks ?? 0);
    }
}
