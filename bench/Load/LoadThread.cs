namespace StepCloud.Bench.Load;

/// <summary>The one thread of a load, which ends when it is told to, when it has nothing more to do, or with what went wrong.</summary>
internal sealed class LoadThread
{
    private readonly Thread _thread;
    private readonly Action _loop;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopped;

    /// <param name="loop">Returns soon after <see cref="IsStopped"/>.</param>
    public LoadThread(string name, Action loop)
    {
        _loop = loop;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    public bool IsStopped => _isStopped;

    /// <summary>Completes with the loop, or with what went wrong in it.</summary>
    public Task Ended => _ended.Task;

    public void Start() => _thread.Start();

    /// <summary>Lets that time pass, or less when the loop has ended.</summary>
    public async Task LastAsync(TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        await Task.WhenAny(Ended, Task.Delay(duration, time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Returns when the loop has.</summary>
    public void Stop()
    {
        _isStopped = true;
        _thread.Join();
    }

    private void Run()
    {
        try
        {
            _loop();
            _ended.SetResult();
        }
        catch (Exception exception)
        {
            _ended.SetException(exception);
        }
    }
}
