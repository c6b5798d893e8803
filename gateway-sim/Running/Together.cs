namespace StepCloud.GatewaySim.Running;

internal static class Together
{
    /// <summary>Runs tasks that go on until they are cancelled. When one fails, the others are cancelled, and the failure is thrown.</summary>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> starts, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running = [.. starts.Select(start => Task.Run(() => start(stop.Token), CancellationToken.None))];
        Task all = Task.WhenAll(running);
        while (running.Count > 0)
        {
            Task ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (ended.IsFaulted)
                await stop.CancelAsync();
        }
        try
        {
            await all;
        }
        catch (OperationCanceledException) when (!all.IsFaulted)
        {
            // Cancelled as asked.
        }
    }
}
