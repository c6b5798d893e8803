using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Cluster;

/// <summary>What all nodes together have taken in since a time, as the tables have it.</summary>
public sealed class ClusterFigures(StepCloudDatabase database, DateTimeOffset since)
{
    /// <param name="GatewaysOnline">Now.</param>
    /// <param name="StepsStored">Those that were begun since then.</param>
    public sealed record Figures(long GatewaysOnline, long StepsStored, long Refused);

    /// <exception cref="StorageException">The database did not answer.</exception>
    public async Task<Figures> ReadAsync(CancellationToken cancellationToken) => new(
        await database.ScalarAsync<long>(new Sql("SELECT count(*) FROM gateway_presence WHERE online"), cancellationToken),
        await database.ScalarAsync<long>(new Sql("SELECT count(*) FROM step_event WHERE id >= $1", StepId.Floor(since).Value), cancellationToken),
        await database.ScalarAsync<long>(new Sql("SELECT count(*) FROM rejected_message WHERE received_at >= $1", since), cancellationToken));
}
