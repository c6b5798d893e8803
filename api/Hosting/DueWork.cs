using StepCloud.Api.Watching;
using StepCloud.Storage;

namespace StepCloud.Api.Hosting;

/// <summary>Does what is due, again and again, some of each in turn: one that has much keeps no other one waiting, nor one that cannot be done.</summary>
/// <remarks>What is due stands in tables, so nothing is missed however long this process was away.</remarks>
internal sealed partial class DueWork(ApiMetrics metrics, TimeProvider clock, ILogger logger)
{
    /// <param name="of">What is looked at, as the metrics call it.</param>
    /// <param name="wait">Between two rounds, when nothing was left of the last.</param>
    /// <param name="list">What is due.</param>
    /// <param name="look">Does some of one. True when there is more of it.</param>
    public async Task EveryAsync<T>(
        string of, Func<Task> wait, Func<CancellationToken, Task<List<T>>> list, Func<T, CancellationToken, Task<bool>> look, CancellationToken cancellationToken)
        where T : struct
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (!await OnceAsync(of, list, look, cancellationToken)) await wait();
        }
    }

    /// <param name="of">What is looked at, as the metrics call it.</param>
    /// <returns>True when something is left of it.</returns>
    public async Task<bool> OnceAsync<T>(
        string of, Func<CancellationToken, Task<List<T>>> list, Func<T, CancellationToken, Task<bool>> look, CancellationToken cancellationToken)
        where T : struct
    {
        bool isMore = false;
        try
        {
            foreach (T due in await list(cancellationToken)) isMore |= await TryAsync(of, due, look, cancellationToken);
        }
        catch (StorageException e)
        {
            LogNotLooked(logger, e);
        }

        return isMore;
    }

    private async Task<bool> TryAsync<T>(string of, T due, Func<T, CancellationToken, Task<bool>> look, CancellationToken cancellationToken)
        where T : struct
    {
        long began = clock.GetTimestamp();
        try
        {
            bool isMore = await look(due, cancellationToken);
            metrics.Looked(of, clock.GetElapsedTime(began), hasFailed: false);
            return isMore;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            metrics.Looked(of, clock.GetElapsedTime(began), hasFailed: true);
            LogFailed(logger, e, typeof(T).Name, due.ToString());
            return false;
        }
    }

    [LoggerMessage(4164, LogLevel.Warning, "What is due could not be looked for; it is tried again at the next time")]
    private static partial void LogNotLooked(ILogger logger, Exception exception);

    [LoggerMessage(4165, LogLevel.Error, "What came of {Kind} {Id} could not be looked at; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception, string kind, string? id);
}
