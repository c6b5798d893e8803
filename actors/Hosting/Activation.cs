namespace StepCloud.Actors.Hosting;

/// <summary>One live instance of an actor. Its calls run one by one, in the order they came.</summary>
/// <remarks>
/// Invariants: the actor is touched only while the turn is held; once <see cref="_ended"/> is set, it is never touched again, and who still
/// holds this activation is told to ask for a new one. So there is at no time more than one instance that takes calls for a key.
/// </remarks>
#pragma warning disable CA1001 // The semaphore holds no handle while nobody asks for one, and somebody may still wait for a turn that will say "ended".
internal sealed class Activation<TActor>(Func<TActor> make, int waitingCallsMax, ActorMetrics metrics, string kind, TimeProvider clock) where TActor : class
{
#pragma warning restore CA1001
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TActor? _actor;
    private int _waiting;
    private bool _activated;
    private volatile bool _ended;
    private long _lastCall = clock.GetTimestamp();

    public bool Ended => _ended;

    /// <summary>Calls that run or wait for their turn.</summary>
    public int CallCount => Volatile.Read(ref _waiting);

    public bool IsIdle(TimeSpan idleTimeout) => _waiting == 0 && clock.GetElapsedTime(Volatile.Read(ref _lastCall)) >= idleTimeout;

    /// <returns>False when this activation has ended and a new one must be asked.</returns>
    public async Task<(bool Ran, TResult Result)> TryCallAsync<TResult>(
        Func<TActor, CancellationToken, Task<TResult>> call, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > waitingCallsMax)
        {
            Interlocked.Decrement(ref _waiting);
            metrics.Refused(kind);
            throw new ActorBusyException($"More than {waitingCallsMax} calls wait for one {typeof(TActor).Name}.");
        }

        try
        {
            await _turn.WaitAsync(cancellationToken);
            try
            {
                if (_ended) return (false, default!);
                return (true, await RunAsync(call, cancellationToken));
            }
            finally
            {
                Volatile.Write(ref _lastCall, clock.GetTimestamp());
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Lets the actor write what it keeps, then ends this activation. Waits for the call that runs.</summary>
    public async Task EndAsync(string reason, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_ended) return;
            _ended = true;
            metrics.Ended(kind, reason);
            if (_activated && _actor is IActivated activated) await activated.DeactivateAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<TResult> RunAsync<TResult>(Func<TActor, CancellationToken, Task<TResult>> call, CancellationToken cancellationToken)
    {
        try
        {
            if (!_activated) metrics.Begun(kind);
            // Not before its first turn: of two activations for one key that are made at once, one gets no call.
            _actor ??= make();
            if (!_activated && _actor is IActivated activated) await activated.ActivateAsync(cancellationToken);
            _activated = true;
            return await call(_actor, cancellationToken);
        }
        catch (Exception e) when (!_activated || e is ActorStateConflictException)
        {
            // What it holds is not what is stored: the next call starts a fresh one.
            _ended = true;
            metrics.Ended(kind, e is ActorStateConflictException ? "conflict" : "failed");
            throw;
        }
    }
}
