using Microsoft.Extensions.Logging;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>Carries the changes of stored sessions to their store: in order, all that gathered during one call in the next.</summary>
/// <remarks>
/// It holds what was recorded and not stored yet. That is bounded by those who record: a connection waits for its answers to be
/// stored before it reads on, and for the notes behind <see cref="BacklogMax"/>.
/// </remarks>
internal sealed partial class SessionJournal(ISessionStore store, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>Changes that may wait before connections stop reading.</summary>
    public const int BacklogMax = 10_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private List<SessionChange> _changes = [];
    private HashSet<Session> _sessions = [];
    private TaskCompletionSource _stored = New();
    private TaskCompletionSource _storing = New();
    private Task? _writer;
    private long _recorded;
    private long _taken;
    private long _storedUpTo;

    public ISessionStore Store => store;

    /// <summary>The position up to which everything is stored.</summary>
    public long StoredUpTo => Volatile.Read(ref _storedUpTo);

    /// <summary>Notes a change.</summary>
    /// <returns>Its position, from 1.</returns>
    public long Record(Session? session, SessionChange change)
    {
        lock (_gate)
        {
            _changes.Add(change);
            if (session is not null) _sessions.Add(session);
            _recorded++;
            if (_writer is null or { IsCompleted: true }) _writer = Task.Run(WriteAsync, CancellationToken.None);
            return _recorded;
        }
    }

    /// <summary>Completes when everything up to the position is stored; fails when the server stops before.</summary>
    public ValueTask WhenStoredAsync(long position)
    {
        if (position <= StoredUpTo) return default;
        lock (_gate)
        {
            if (position <= StoredUpTo) return default;
            return new ValueTask((position <= _taken ? _storing : _stored).Task);
        }
    }

    /// <summary>Everything that was recorded until now.</summary>
    public ValueTask WhenStoredAsync() => WhenStoredAsync(Volatile.Read(ref _recorded));

    public ValueTask WhenBacklogIsLowAsync() => WhenStoredAsync(Volatile.Read(ref _recorded) - BacklogMax);

    /// <summary>Stores what is left, as long as the store takes it without a fault.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_writer is { } writer) await writer;
        _stopping.Dispose();
    }

    private async Task WriteAsync()
    {
        while (TryTake(out var changes, out var sessions, out var done, out long upTo))
        {
            while (!await TrySaveAsync(changes))
            {
                if (_stopping.IsCancellationRequested)
                {
                    done.TrySetException(new IOException("The server stopped before the session store took the change."));
                    _ = done.Task.Exception;
                    return;
                }

                await Task.Delay(RetryDelay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Volatile.Write(ref _storedUpTo, upTo);
            done.TrySetResult();
            foreach (var session in sessions) session.Refill()?.Flush();
        }
    }

    private bool TryTake(out List<SessionChange> changes, out HashSet<Session> sessions, out TaskCompletionSource done, out long upTo)
    {
        lock (_gate)
        {
            (changes, sessions, done, upTo) = (_changes, _sessions, _stored, _recorded);
            if (changes.Count == 0)
            {
                _writer = null;
                return false;
            }

            (_changes, _sessions, _stored, _storing, _taken) = ([], [], New(), done, upTo);
            return true;
        }
    }

    private async Task<bool> TrySaveAsync(List<SessionChange> changes)
    {
        try
        {
            await store.SaveAsync(changes, CancellationToken.None);
            return true;
        }
        catch (Exception exception)
        {
            LogSaveFailed(changes.Count, exception);
            return false;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(1030, LogLevel.Error, "The session store did not take {Count} changes; they are tried again")]
    private partial void LogSaveFailed(int count, Exception exception);
}
