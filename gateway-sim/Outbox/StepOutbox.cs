using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>
/// What a gateway has still to deliver, on disk: a step is in it, flushed, before it is sent, and leaves it when it is acknowledged or
/// refused. Steps leave in the order in which they were made.
/// </summary>
public sealed partial class StepOutbox : IAsyncDisposable
{
    private readonly OutboxOptions _options;
    private readonly OutboxSegments _segments;
    private readonly OutboxWriter _writer;
    private readonly Pulse _changed = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<StepId, OutboxEntry> _pending = [];
    private readonly Dictionary<StepId, OutboxEntry> _inFlight = [];
    private Queue<OutboxEntry> _waiting = new();

    private StepOutbox(string folder, OutboxOptions options, ILogger logger)
    {
        _options = options;
        _segments = new OutboxSegments(folder, options);
        Recover(folder, logger);
        _writer = new OutboxWriter(folder, options, _segments, _changed, step => Contains(step.Id), Add, logger);
    }

    /// <summary>Steps that are neither acknowledged nor refused.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _pending.Count;
        }
    }

    /// <summary>What the steps take on the disk, those included that are delivered and whose segment is not yet deleted.</summary>
    public long Bytes => _segments.Bytes;

    /// <summary>Opens the outbox with all that an earlier process left undelivered. The folder is this process's alone.</summary>
    public static StepOutbox Open(string folder, OutboxOptions options, ILogger logger) => new(folder, options, logger);

    /// <summary>Completes when the step is on the disk; waits while the outbox is full. A step that is already in it is not added again.</summary>
    /// <exception cref="IOException">The disk refused it; the outbox takes nothing any more.</exception>
    public async Task AppendAsync(OutboxStep step, CancellationToken cancellationToken)
    {
        if (OutboxRecord.BytesOf(step) > _options.BytesMax)
            throw new ArgumentException("The step is larger than the whole outbox.", nameof(step));
        await _writer.AppendAsync(step, cancellationToken);
    }

    /// <summary>True while the step is neither acknowledged nor refused.</summary>
    public bool Contains(StepId id)
    {
        lock (_gate)
            return _pending.ContainsKey(id);
    }

    /// <summary>Completes when a step waits to be sent.</summary>
    public Task WaitToTakeAsync(CancellationToken cancellationToken) => _changed.UntilAsync(HasWaiting, cancellationToken);

    /// <summary>Completes when everything is delivered.</summary>
    public Task WhenEmptyAsync(CancellationToken cancellationToken) => _changed.UntilAsync(() => Count == 0, cancellationToken);

    /// <summary>The next steps to send, oldest first: as many as fit, at least one when any waits.</summary>
    public IReadOnlyList<OutboxStep> Take(int bytesMax, int stepsMax)
    {
        List<OutboxStep> taken = [];
        long bytes = 0;
        lock (_gate)
        {
            while (taken.Count < stepsMax && _waiting.TryPeek(out OutboxEntry? entry) && (taken.Count == 0 || bytes + entry.RecordBytes <= bytesMax))
            {
                _waiting.Dequeue();
                // One that was answered after all between its return and now, and may even have been made again since.
                if (_pending.GetValueOrDefault(entry.Id) != entry)
                    continue;
                _inFlight.Add(entry.Id, entry);
                taken.Add(entry.Segment.Read(entry));
                bytes += entry.RecordBytes;
            }
        }
        return taken;
    }

    /// <summary>Takes steps out for good: the server has answered them. Those that are not in the outbox any more are passed over.</summary>
    public void Remove(IEnumerable<StepId> ids)
    {
        lock (_gate)
        {
            List<OutboxEntry> removed = [];
            foreach (StepId id in ids)
            {
                _inFlight.Remove(id);
                if (_pending.Remove(id, out OutboxEntry? entry))
                    removed.Add(entry);
            }
            _segments.MarkDelivered(removed);
        }
        _changed.Set();
    }

    /// <summary>After a lost connection: all that was sent and not answered is to be sent again.</summary>
    public void ReturnInFlight()
    {
        lock (_gate)
            Return([.. _inFlight.Keys]);
    }

    /// <summary>These are to be sent again, before all that is newer and in the same order as before.</summary>
    public void Return(IReadOnlyCollection<StepId> ids)
    {
        lock (_gate)
        {
            List<OutboxEntry> returned = [];
            foreach (StepId id in ids)
            {
                if (_inFlight.Remove(id, out OutboxEntry? entry))
                    returned.Add(entry);
            }
            _waiting = new Queue<OutboxEntry>(returned.Concat(_waiting).OrderBy(entry => entry.Order));
        }
        _changed.Set();
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _segments.Dispose();
    }

    private bool HasWaiting()
    {
        lock (_gate)
            return _waiting.Count > 0;
    }

    private void Recover(string folder, ILogger logger)
    {
        List<OutboxEntry> entries = _segments.Recover(out long tornBytes);
        foreach (OutboxEntry entry in entries)
        {
            if (_pending.TryAdd(entry.Id, entry))
                _waiting.Enqueue(entry);
            else
                _segments.MarkDelivered([entry]);
        }
        if (tornBytes > 0)
            LogTorn(logger, folder, tornBytes);
        if (_waiting.Count > 0)
            LogRecovered(logger, folder, _waiting.Count);
    }

    private void Add(IReadOnlyList<OutboxEntry> entries)
    {
        lock (_gate)
        {
            foreach (OutboxEntry entry in entries)
            {
                _pending.Add(entry.Id, entry);
                _waiting.Enqueue(entry);
            }
        }
        _changed.Set();
    }

    [LoggerMessage(5000, LogLevel.Warning, "Outbox {Folder}: {Bytes} bytes of an unfinished record dropped; it had not been sent")]
    private static partial void LogTorn(ILogger logger, string folder, long bytes);

    [LoggerMessage(5001, LogLevel.Information, "Outbox {Folder}: {Count} undelivered steps of an earlier run")]
    private static partial void LogRecovered(ILogger logger, string folder, int count);
}
