using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Cluster;

namespace StepCloud.Storage;

/// <summary>The steps in PostgreSQL. While one commit is on its way to the disk, the next gathers: the busier, the more steps share one.</summary>
/// <remarks>
/// All appends of a site go to the same writer, which commits them in the order of the calls; a device stays on its site, whichever gateway
/// sends for it, and so the positions of its steps ascend in the order in which they become visible; between the nodes of a cluster a lock of the site
/// sees to that. Dispose waits for what was admitted.
/// </remarks>
public sealed partial class EventStore : IEventStore, IAsyncDisposable
{
    private readonly StorageOptions _options;
    private readonly StepPartitions _partitions;
    private readonly StepHeads _heads;
    private readonly EventStoreMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger<EventStore> _logger;
    private readonly AppendQueue _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _writers;
    private int _disposed;

    public EventStore(
        NpgsqlDataSource source,
        StepCloudDatabase database,
        StepPartitions partitions,
        ThisNode node,
        IOptions<StorageOptions> options,
        EventStoreMetrics metrics,
        TimeProvider clock,
        ILogger<EventStore> logger)
    {
        _options = options.Value;
        _partitions = partitions;
        _heads = new StepHeads(database);
        _metrics = metrics;
        _clock = clock;
        _logger = logger;
        _queue = new AppendQueue(_options.StepWriters, _options.QueueBytesMax, _options.QueueStepsMax);
        metrics.Watch(_queue, _options);
        _writers = [.. Enumerable.Range(0, _options.StepWriters).Select(lane => RunWriterAsync(
            new StepWriter(lane, _queue, source, partitions, node, _options, metrics, clock, logger)))];
    }

    /// <summary>What was admitted and is not committed yet, and how many calls wait to be admitted.</summary>
    public (long Bytes, int Steps, int CallsWaiting) Load => _queue.Load;

    public async Task<IReadOnlyList<StepOutcome>> AppendAsync(
        StepOrigin origin, IReadOnlyList<StepEvent> steps, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Activity? span = CommitSpan.BeginAppend(steps.Count);
        PendingAppend append = new(origin, steps, _clock.GetUtcNow(), Check) { Trace = span?.Context ?? default };
        if (append.Steps.Count == 0)
        {
            append.Complete();
            return await append.Outcomes;
        }

        _queue.Add(WriterOf(origin.Site), append);
        await using CancellationTokenRegistration registration = cancellationToken.Register(() =>
        {
            append.Cancel(cancellationToken);
            _queue.Withdraw(append);
        });
        return await append.Outcomes;
    }

    public Task<IReadOnlyList<CommittedStepHead>> ReadAfterAsync(
        DeviceId device, long position, int countMax, CancellationToken cancellationToken) =>
        _heads.ReadAfterAsync(device, position, countMax, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        _queue.Close();
        Task all = Task.WhenAll(_writers);
        if (await Task.WhenAny(all, Task.Delay(_options.DrainTimeout, _clock)) != all)
            Log.NotDrained(_logger, _queue.Load.Steps, _options.DrainTimeout);
        await _stopping.CancelAsync();
        await all;
        foreach (PendingAppend append in _queue.TakeRest())
            append.Cancel(_stopping.Token);
        _stopping.Dispose();
    }

    private Refusal? Check(StepEvent step)
    {
        Refusal? refusal = Storability.Check(step, _partitions);
        if (refusal is not null)
            _metrics.Refused();
        return refusal;
    }

    private int WriterOf(SiteId site) => (int)((uint)site.GetHashCode() % (uint)_options.StepWriters);

    private async Task RunWriterAsync(StepWriter writer)
    {
        await using (writer)
        {
            try
            {
                await writer.RunAsync(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // The drain took too long; what is left is cancelled by Dispose.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3052, LogLevel.Warning, "{Steps} steps were not committed within {Timeout} of the shutdown; they were never acknowledged")]
        public static partial void NotDrained(ILogger logger, int steps, TimeSpan timeout);
    }
}
