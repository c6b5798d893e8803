using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Storage;

/// <summary>An event store on a database, with a gateway and a device to send from.</summary>
internal sealed class StepStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <param name="isOneOfMany">Another one may commit steps of the same sites.</param>
    public StepStore(string connectionString, Action<StorageOptions>? configure = null, bool isOneOfMany = false)
    {
        StorageOptions options = new() { RetryDelayMax = TimeSpan.FromMilliseconds(200) };
        configure?.Invoke(options);
        _source = NpgsqlDataSource.Create(connectionString);
        StepCloudDatabase database = new(_source, TimeProvider.System);
        Partitions = new StepPartitions(database, new FakeClock(), NullLogger<StepPartitions>.Instance);
        Events = new EventStore(
            _source, database, Partitions, new ThisNode(Guid.NewGuid(), isOneOfMany), Options.Create(options), Metrics, TimeProvider.System, NullLogger<EventStore>.Instance);
    }

    public EventStore Events { get; }

    public StepPartitions Partitions { get; }

    public EventStoreMetrics Metrics { get; } = new();

    public StepOrigin Origin { get; } = NewOrigin();

    public DeviceId Device { get; } = DeviceId.New(TimeProvider.System);

    public static StepOrigin NewOrigin() =>
        new(OrganizationId.New(TimeProvider.System), SiteId.New(TimeProvider.System), GatewayId.New(TimeProvider.System));

    public Task<IReadOnlyList<StepOutcome>> AppendAsync(params StepEvent[] steps) => AppendAsync(Origin, steps);

    public Task<IReadOnlyList<StepOutcome>> AppendAsync(StepOrigin origin, params StepEvent[] steps) =>
        Events.AppendAsync(origin, steps, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Events.DisposeAsync();
        await _source.DisposeAsync();
        Metrics.Dispose();
    }
}
