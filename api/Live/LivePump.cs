using System.Threading.Channels;
using Microsoft.Extensions.Options;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Live;

/// <summary>Reads what is new of a device or a site, once for everybody who watches it.</summary>
/// <remarks>
/// Looks when it is told that there is something, and from time to time by itself: a signal that was lost costs a moment, never an event. What it has read
/// and who watches change under one lock, so that whoever joins knows exactly behind which position he is told everything.
/// </remarks>
internal sealed partial class LivePump : IAsyncDisposable
{
    /// <summary>Between two looks: what comes meanwhile is read together, however much is sent.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>After the database has failed.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly LiveScope _scope;
    private readonly LiveSources _sources;
    private readonly Lock _lock = new();
    private readonly HashSet<LiveWatcher> _watchers = [];
    private readonly Dictionary<DeviceId, (DeviceStatus Status, LiveEvent Event)> _states = [];
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private readonly Task _running;
    private LivePosition _position;

    /// <param name="lookEvery">Without being told.</param>
    public LivePump(LiveScope scope, LiveSources sources, TimeSpan lookEvery)
    {
        _scope = scope;
        _sources = sources;
        _timer = sources.Clock.CreateTimer(_ => Signal(), null, lookEvery, lookEvery);
        _running = RunAsync(_stopping.Token);
    }

    public LiveScope Scope => _scope;

    /// <summary>How many streams it serves. Counted by the hub, under its lock.</summary>
    public int Users { get; set; }

    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>From now on the watcher is offered everything behind the position that is returned.</summary>
    /// <returns>And what the devices are shown as there.</returns>
    /// <exception cref="StorageException">It could not begin.</exception>
    public async Task<(LivePosition Position, LiveEvent[] States)> JoinAsync(LiveWatcher watcher, CancellationToken cancellationToken)
    {
        await _started.Task.WaitAsync(cancellationToken);
        lock (_lock)
        {
            _watchers.Add(watcher);
            return (_position, [.. _states.Values.Select(state => state.Event)]);
        }
    }

    public void Leave(LiveWatcher watcher)
    {
        lock (_lock) _watchers.Remove(watcher);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _stopping.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            _position = await _sources.Feed.FindEndAsync(_scope, cancellationToken);
            await LookAtStatesAsync(cancellationToken);
        }
        catch (Exception e)
        {
            _started.TrySetException(e);
            return;
        }

        _started.TrySetResult();
        while (await _signals.Reader.WaitToReadAsync(cancellationToken))
        {
            _signals.Reader.TryRead(out _);
            TimeSpan pause = Pause;
            try
            {
                await LookAsync(cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(_sources.Logger, e);
                pause = PauseAfterFailure;
                Signal();
            }

            await Task.Delay(pause, _sources.Clock, cancellationToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        _sources.Figures.Looked();
        LiveNews news = await _sources.Feed.ReadAfterAsync(_scope, _position, cancellationToken);
        LiveEvent[] events = [.. news.Items.Select(_sources.Events.Of)];
        lock (_lock)
        {
            foreach (LiveEvent item in events)
            {
                _position = item.After(_position)!.Value;
                foreach (LiveWatcher watcher in _watchers) watcher.Offer(item);
            }
        }

        await LookAtStatesAsync(cancellationToken);
        if (news.HasMore) Signal();
    }

    private async Task LookAtStatesAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<DeviceStateRow> rows = await _sources.States.ListAsync(_scope, cancellationToken);
        DateTimeOffset now = _sources.Clock.GetUtcNow();
        lock (_lock)
        {
            foreach (DeviceStateRow row in rows)
            {
                DeviceStatus status = DeviceStatus.Of(row, now, _sources.Limits.SilenceMax);
                // That it has been heard again is no change; the samples say so.
                if (_states.TryGetValue(row.Device, out (DeviceStatus Status, LiveEvent Event) known) && known.Status with { At = null } == status with { At = null }) continue;
                LiveEvent item = _sources.Events.State(status);
                _states[row.Device] = (status, item);
                foreach (LiveWatcher watcher in _watchers) watcher.Offer(item);
            }
        }
    }

    [LoggerMessage(4150, LogLevel.Warning, "What is new of a device or a site could not be read; those who watch are told as soon as it can")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}

/// <summary>What every pump needs.</summary>
internal sealed record LiveSources(
    LiveFeed Feed, DeviceStates States, LiveEvents Events, LiveFigures Figures, IOptions<LiveOptions> Options, TimeProvider Clock, ILogger<LivePump> Logger)
{
    public LiveOptions Limits => Options.Value;
}
