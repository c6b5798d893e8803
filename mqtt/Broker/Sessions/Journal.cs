using Microsoft.Extensions.Logging;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>Carries changes to a store: in order, one call at a time, all that gathered during one call in the next.</summary>
/// <remarks>
/// It holds what was recorded and not stored yet. That is bounded by those who record: they wait for what their answers rest
/// on, and for the rest as soon as <see cref="BacklogMax"/> is reached.
/// </remarks>
/// <param name="save">Stores all of the changes or, by an exception, none.</param>
/// <param name="stored">Told of what was stored.</param>
/// <param name="time">For the pause before another try.</param>
/// <param name="logger">Told of failures.</param>
internal sealed partial class Journal<TChange>(
    Func<IReadOnlyList<TChange>, ValueTask> save, Action<IReadOnlyList<TChange>> stored, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Changes that may wait before connections stop reading.</summary>
    public const int BacklogMax = 10_000;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private List<TChange> _changes = [];
    private TaskCompletionSource _next = New();
    private TaskCompletionSource _underWay = New();
    private Task _writer = Task.CompletedTask;
    private bool _isWriting;
    private long _recorded;
    private long _taken;
    private long _storedUpTo;

    /// <summary>The position up to which everything is stored.</summary>
    public long StoredUpTo => Volatile.Read(ref _storedUpTo);

    /// <summary>Changes that were recorded and are not stored.</summary>
    public long WaitingCount => Volatile.Read(ref _recorded) - StoredUpTo;

    /// <summary>Notes a change and returns its position, from 1.</summary>
    public long Record(TChange change)
    {
        lock (_gate)
        {
            _changes.Add(change);
            _recorded++;
            if (!_isWriting)
            {
                _isWriting = true;
                _writer = Task.Run(WriteAsync, CancellationToken.None);
            }

            return _recorded;
        }
    }

    /// <summary>Completes when everything up to the position is stored; faults with an IOException when the server stops before.</summary>
    public ValueTask WhenStoredAsync(long position)
    {
        if (position <= StoredUpTo) return default;
        lock (_gate)
        {
            if (position <= StoredUpTo) return default;
            return new ValueTask((position <= _taken ? _underWay : _next).Task);
        }
    }

    /// <summary>Everything that was recorded until now.</summary>
    public ValueTask WhenStoredAsync() => WhenStoredAsync(Volatile.Read(ref _recorded));

    public ValueTask WhenBacklogIsLowAsync() => WhenStoredAsync(Volatile.Read(ref _recorded) - BacklogMax);

    /// <summary>Stores what is left, as long as the store takes it without a fault.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _writer;
        _stopping.Dispose();
    }

    private async Task WriteAsync()
    {
        while (TryTake(out var changes, out var done, out long upTo))
        {
            while (!await TrySaveAsync(changes))
            {
                if (_stopping.IsCancellationRequested)
                {
                    Abandon(done);
                    return;
                }

                await Task.Delay(s_retryDelay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Volatile.Write(ref _storedUpTo, upTo);
            done.TrySetResult();
            stored(changes);
        }
    }

    private bool TryTake(out List<TChange> changes, out TaskCompletionSource done, out long upTo)
    {
        lock (_gate)
        {
            (changes, done, upTo) = (_changes, _next, _recorded);
            if (changes.Count == 0)
            {
                _isWriting = false;
                return false;
            }

            (_changes, _next, _underWay, _taken) = ([], New(), done, upTo);
            return true;
        }
    }

    private async Task<bool> TrySaveAsync(List<TChange> changes)
    {
        try
        {
            await save(changes);
            return true;
        }
        catch (Exception exception)
        {
            LogSaveFailed(changes.Count, exception);
            return false;
        }
    }

    /// <summary>Lets those who wait know that it will not be stored; what is recorded later waits for ever, as its server is gone.</summary>
    private void Abandon(TaskCompletionSource done)
    {
        lock (_gate)
        {
            foreach (var waiting in (TaskCompletionSource[])[done, _next])
            {
                waiting.TrySetException(new IOException("The server stopped before its store took the change."));
                _ = waiting.Task.Exception; // waited for by whom it concerns, or by nobody
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(1030, LogLevel.Error, "A store did not take {Count} changes; they are tried again")]
    private partial void LogSaveFailed(int count, Exception exception);
}
