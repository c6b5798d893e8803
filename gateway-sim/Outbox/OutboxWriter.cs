using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace StepCloud.GatewaySim.Outbox;

/// <summary>Brings steps to the disk, one flush for all that came while the last one was under way, and lets them wait while there is no room.</summary>
internal sealed partial class OutboxWriter : IAsyncDisposable
{
    private const int AppendsQueuedMax = 256;

    private readonly string _folder;
    private readonly OutboxOptions _options;
    private readonly OutboxSegments _segments;
    private readonly Pulse _changed;
    private readonly Predicate<OutboxStep> _isKnown;
    private readonly Action<IReadOnlyList<OutboxEntry>> _onFlushed;
    private readonly ILogger _logger;
    private readonly Channel<Append> _appends = Channel.CreateBounded<Append>(new BoundedChannelOptions(AppendsQueuedMax) { SingleReader = true });
    private readonly CancellationTokenSource _disposing = new();
    private readonly Task _writing;
    private bool _toldFull;

    /// <param name="changed">Set by the owner when steps are delivered, so when there may be room.</param>
    /// <param name="isKnown">True for steps that are not to be written again.</param>
    /// <param name="onFlushed">Told of what is on the disk now, before those who wait for it.</param>
    public OutboxWriter(
        string folder, OutboxOptions options, OutboxSegments segments, Pulse changed,
        Predicate<OutboxStep> isKnown, Action<IReadOnlyList<OutboxEntry>> onFlushed, ILogger logger)
    {
        _folder = folder;
        _options = options;
        _segments = segments;
        _changed = changed;
        _isKnown = isKnown;
        _onFlushed = onFlushed;
        _logger = logger;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Completes when the step is on the disk.</summary>
    /// <exception cref="IOException">The disk refused it; nothing is written any more.</exception>
    public async Task AppendAsync(OutboxStep step, CancellationToken cancellationToken)
    {
        Append append = new(step);
        try
        {
            await _appends.Writer.WriteAsync(append, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw e.InnerException is IOException failure ? new IOException(failure.Message, failure) : new ObjectDisposedException(nameof(StepOutbox));
        }
        // Not cancellable from here on: the step may be on the disk already.
        await append.Flushed.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _appends.Writer.TryComplete();
        await _disposing.CancelAsync();
        await _writing;
        _disposing.Dispose();
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
        List<OutboxStep> steps = [.. group.Select(append => append.Step).DistinctBy(step => step.Id).Where(step => !_isKnown(step))];
        if (steps.Count > 0)
            _onFlushed(_segments.AppendDurable(steps));
        foreach (Append append in group)
            append.Flushed.TrySetResult();
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
        if (!_toldFull || _segments.Bytes > _options.BytesMax / 2)
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

    [LoggerMessage(5002, LogLevel.Warning, "Outbox {Folder} is full ({BytesMax} bytes): the devices wait")]
    private partial void LogFull(string folder, long bytesMax);

    [LoggerMessage(5003, LogLevel.Information, "Outbox {Folder} has room again")]
    private partial void LogRoomAgain(string folder);
}
