using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StepCloud.Actors.Hosting;

/// <summary>The activations of one kind of actor, by key.</summary>
internal sealed partial class ActorDirectory<TKey, TActor>(
    Func<TKey, TActor> create, ActorHostOptions options, TimeProvider clock, ILogger logger) : IActorDirectory
    where TKey : notnull where TActor : class
{
    private readonly ConcurrentDictionary<TKey, Activation<TActor>> _activations = new();
    private volatile bool _stopped;

    public int Count => _activations.Count;

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
        EndAsync(activation => activation.IsIdle(options.IdleTimeout), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped = true;
        return EndAsync(_ => true, cancellationToken);
    }

    private async Task EndAsync(Predicate<Activation<TActor>> which, CancellationToken cancellationToken)
    {
        foreach ((TKey key, Activation<TActor> activation) in _activations)
        {
            if (!which(activation)) continue;
            try
            {
                await activation.EndAsync(cancellationToken);
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

    private Activation<TActor> Activate(TKey key) => new(create(key), options.WaitingCallsMax, clock);

    [LoggerMessage(2001, LogLevel.Warning, "Deactivating {Actor} {Key} failed; what it keeps is derived anew at its next activation")]
    private static partial void LogDeactivationFailed(ILogger logger, Exception exception, string actor, TKey key);
}

/// <summary>What the host does with every kind of actor alike.</summary>
internal interface IActorDirectory
{
    int Count { get; }

    Task EndIdleAsync(CancellationToken cancellationToken);

    Task StopAsync(CancellationToken cancellationToken);
}
