namespace StepCloud.GatewaySim;

/// <summary>Wakes everyone who waits for something to change; each then looks for himself.</summary>
/// <remarks>Take <see cref="Next"/> before looking, wait for it after: a change in between is then not missed.</remarks>
internal sealed class Pulse
{
    private TaskCompletionSource _next = New();

    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits until the condition holds; it is asked at once and after each change.</summary>
    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next = Next;
            if (condition())
                return;
            await next.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
