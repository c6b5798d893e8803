using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>
/// What a gateway has still to deliver, on disk: a step is in it, flushed, before it is sent, and leaves it when it is acknowledged or
/// refused. Steps leave in the order in which they were made.
/// </summary>
/// <remarks>One loop writes: the steps that come while it flushes share the next flush.</remarks>
public sealed partial class StepOutbox : IAsyncDisposable
{
    private const int AppendsQueuedMax = 256;

    private readonly string _folder;
    private readonly OutboxOptions _options;
    private readonly ILogger _logger;
    private readonly OutboxSegments _segments;
    private readonly Channel<Append> _appends = Channel.CreateBounded<Append>(new BoundedChannelOptions(AppendsQueuedMax) { SingleReader = true });
    private readonly CancellationTokenSource _disposing = new();
    private readonly Pulse _changed = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<StepId, OutboxEntry> _pending = [];
    private readonly Dictionary<StepId, OutboxEntry> _inFlight = [];
    private Queue<OutboxEntry> _waiting = new();
    private bool _toldFull;
    private readonly Task _writing;

    private StepOutbox(string folder, OutboxOptions options, ILogger logger)
    {
        _folder = folder;
        _options = options;
        _logger = logger;
        _segments = new OutboxSegments(folder, options);
        Recover();
        _writing = Task.Run(WriteAsync);
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
        Append append = new(step);
        try
        {
            await _appends.Writer.WriteAsync(append, cancellationToken);
        }
        catch (ChannelClosedException e) when (e.InnerException is IOException failure)
        {
            throw new IOException(failure.Message, failure);
        }
        // Not cancellable from here on: the step may be on the disk already.
        await append.Flushed.Task;
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
                // One that was answered after all, between its return and now.
                if (!_pending.ContainsKey(entry.Id))
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
        _appends.Writer.TryComplete();
        await _disposing.CancelAsync();
        await _writing;
        _segments.Dispose();
        _disposing.Dispose();
    }

    private bool HasWaiting()
    {
        lock (_gate)
            return _waiting.Count > 0;
    }

    private void Recover()
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
            LogTorn(_folder, tornBytes);
        if (_waiting.Count > 0)
            LogRecovered(_folder, _waiting.Count);
    }

    private async Task WriteAsync()
    {
        List<Append> group = [];
        try
        {
            while (await _appends.Reader.WaitToReadAsync())
            {
                if (NextGroup(group))
                    Write(group);
                else
                    await WaitForRoomAsync();
                group.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            Fail(group, new OperationCanceledException("The outbox was closed while it was full."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // After a failed flush nobody knows what the disk holds (fsync(2), errors): only a restart, which reads it, can tell.
            Fail(group, new IOException($"The outbox {_folder} cannot be written: {e.Message}", e));
        }
    }

    // Takes off the queue what one flush is to cover. False when there is no room for the first of it.
    private bool NextGroup(List<Append> group)
    {
        long bytes = 0;
        while (_appends.Reader.TryPeek(out Append? next))
        {
            bytes += OutboxRecord.BytesOf(next.Step);
            if ((group.Count > 0 && bytes > _options.GroupBytesMax) || !_segments.HasRoom(bytes))
                break;
            _appends.Reader.TryRead(out _);
            group.Add(next);
        }
        return group.Count > 0;
    }

    private void Write(List<Append> group)
    {
        TellRoomAgain();
        List<OutboxStep> steps = [];
        lock (_gate)
            steps.AddRange(group.Select(append => append.Step).DistinctBy(step => step.Id).Where(step => !_pending.ContainsKey(step.Id)));
        List<OutboxEntry> entries = _segments.AppendDurable(steps);
        lock (_gate)
        {
            foreach (OutboxEntry entry in entries)
            {
                _pending.Add(entry.Id, entry);
                _waiting.Enqueue(entry);
            }
        }
        foreach (Append append in group)
            append.Flushed.TrySetResult();
        _changed.Set();
    }

    private async Task WaitForRoomAsync()
    {
        if (!_toldFull)
            LogFull(_folder, _options.BytesMax);
        _toldFull = true;
        await _changed.UntilAsync(
            () => _appends.Reader.TryPeek(out Append? next) && _segments.HasRoom(OutboxRecord.BytesOf(next.Step)), _disposing.Token);
    }

    // Not at the first byte of room: a server that is only just too slow would make it a line per step.
    private void TellRoomAgain()
    {
        if (!_toldFull || Bytes > _options.BytesMax / 2)
            return;
        _toldFull = false;
        LogRoomAgain(_folder);
    }

    private void Fail(List<Append> group, Exception failure)
    {
        _appends.Writer.TryComplete(failure);
        while (_appends.Reader.TryRead(out Append? append))
            group.Add(append);
        foreach (Append append in group)
            append.Flushed.TrySetException(failure);
    }

    private sealed record Append(OutboxStep Step)
    {
        public TaskCompletionSource Flushed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(5000, LogLevel.Warning, "Outbox {Folder}: {Bytes} bytes of an unfinished record dropped; it had not been sent")]
    private partial void LogTorn(string folder, long bytes);

    [LoggerMessage(5001, LogLevel.Information, "Outbox {Folder}: {Count} undelivered steps of an earlier run")]
    private partial void LogRecovered(string folder, int count);

    [LoggerMessage(5002, LogLevel.Warning, "Outbox {Folder} is full ({BytesMax} bytes): the devices wait")]
    private partial void LogFull(string folder, long bytesMax);

    [LoggerMessage(5003, LogLevel.Information, "Outbox {Folder} has room again")]
    private partial void LogRoomAgain(string folder);
}
