using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StepCloud.Actors.Hosting;

/// <summary>The activations of one kind of actor, by key.</summary>
internal sealed partial class ActorDirectory<TKey, TActor>(
    string kind, Func<TKey, TActor> create, ActorHostOptions options, ActorMetrics metrics, TimeProvider clock, ILogger logger) : IActorDirectory
    where TKey : notnull where TActor : class
{
    private readonly ConcurrentDictionary<TKey, Activation<TActor>> _activations = new();
    private volatile bool _stopped;

    public string Actor => kind;

    public int Count => _activations.Count;

    public (int All, int OfOneMost) CountCalls()
    {
        int all = 0, most = 0;
        foreach ((_, Activation<TActor> activation) in _activations)
        {
            int calls = activation.CallCount;
            all += calls;
            most = Math.Max(most, calls);
        }

        return (all, most);
    }

    public async Task<TResult> CallAsync<TResult>(
        TKey key, Func<TActor, CancellationToken, Task<TResult>> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            Activation<TActor> activation = _activations.GetOrAdd(key, Activate);
            try
            {
                (bool ran, TResult result) = await activation.TryCallAsync(call, cancellationToken);
                if (ran) return result;
            }
            finally
            {
                if (activation.Ended) _activations.TryRemove(KeyValuePair.Create(key, activation));
            }
        }
    }

    public Task CallAsync(TKey key, Func<TActor, CancellationToken, Task> call, CancellationToken cancellationToken) =>
        CallAsync(
            key,
            async (actor, token) =>
            {
                await call(actor, token);
                return true;
            },
            cancellationToken);

    public Task EndIdleAsync(CancellationToken cancellationToken) =>
        EndAsync(activation => activation.IsIdle(options.IdleTimeout), "idle", cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped = true;
        return EndAsync(_ => true, "stopped", cancellationToken);
    }

    private async Task EndAsync(Predicate<Activation<TActor>> which, string reason, CancellationToken cancellationToken)
    {
        foreach ((TKey key, Activation<TActor> activation) in _activations)
        {
            if (!which(activation)) continue;
            try
            {
                await activation.EndAsync(reason, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogDeactivationFailed(logger, e, typeof(TActor).Name, key);
            }
            finally
            {
                _activations.TryRemove(KeyValuePair.Create(key, activation));
            }
        }
    }

    private Activation<TActor> Activate(TKey key) => new(() => create(key), options.WaitingCallsMax, metrics, kind, clock);

    [LoggerMessage(2001, LogLevel.Warning, "Deactivating {Actor} {Key} failed; what it keeps is derived anew at its next activation")]
    private static partial void LogDeactivationFailed(ILogger logger, Exception exception, string actor, TKey key);
}

/// <summary>What the host does with every kind of actor alike.</summary>
internal interface IActorDirectory
{
    /// <summary>The kind: `user`, `gateway` or `device`.</summary>
    string Actor { get; }

    int Count { get; }

    /// <summary>Calls that run or wait for their turn: of all actors, and of the one that has most.</summary>
    (int All, int OfOneMost) CountCalls();

    Task EndIdleAsync(CancellationToken cancellationToken);

    Task StopAsync(CancellationToken cancellationToken);
}
