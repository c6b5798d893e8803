namespace StepCloud.Api.Passwords;

/// <summary>Runs work that costs much memory and a core: so many at a time, so many more in a queue, and no more.</summary>
/// <remarks>
/// Each runs on a thread of its own. On the thread pool, which has a thread a core, a few sign-ins would hold up every other request.
/// </remarks>
public sealed class HashingSlots(int parallelMax, int queueMax) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(parallelMax, parallelMax);

    private int _admitted;

    /// <summary>Work that is under way or waits.</summary>
    public int Admitted => Volatile.Read(ref _admitted);

    public int AdmittedMax => parallelMax + queueMax;

    /// <summary>
    /// Does the work when its turn comes. Cancelling takes a waiting caller out of the queue at once; work that has begun is finished
    /// first, since it cannot be interrupted and holds its memory until then.
    /// </summary>
    /// <exception cref="HashingBusyException">The queue is full.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _admitted) > parallelMax + queueMax)
        {
            Interlocked.Decrement(ref _admitted);
            throw new HashingBusyException();
        }

        try
        {
            await _slots.WaitAsync(cancellationToken);
            try
            {
                T result = await Task.Factory.StartNew(
                    work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                cancellationToken.ThrowIfCancellationRequested();
                return result;
            }
            finally
            {
                _slots.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _admitted);
        }
    }

    public void Dispose() => _slots.Dispose();
}
