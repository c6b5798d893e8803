using StepCloud.Api.Hosting;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>Looks at jobs of which something may have changed, in the one process that owns the actors.</summary>
internal sealed partial class JobWatch(JobEvaluation jobs, StepBell<JobWatch> bell, ApiMetrics metrics, TimeProvider clock, ILogger<JobWatch> logger) : BackgroundService
{
    /// <summary>Between two looks: steps that come one after the other are looked at together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Without a bell: for what is due by the clock, and for what other processes have changed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>After a look it rests for so many times as long as the look took: whatever waits, those who send steps have the machine.</summary>
    private const int RestFactor = 9;

    /// <summary>A job that cannot be looked at is tried again after.</summary>
    private static readonly TimeSpan RestOfBroken = TimeSpan.FromMinutes(1);

    private readonly DueWork _work = new(metrics, clock, logger);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            long begun = clock.GetTimestamp();
            bool isMore = await _work.OnceAsync("job_steps", jobs.ListSitesAsync, jobs.MarkAsync, stoppingToken);
            isMore |= await LookAsync(stoppingToken);
            TimeSpan rest = clock.GetElapsedTime(begun) * RestFactor;
            if (isMore) await Task.Delay(rest, clock, stoppingToken);
            else await bell.WaitAsync(LookEvery, rest > Pause ? rest : Pause, clock, stoppingToken);
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        List<JobId> due = [];
        long began = clock.GetTimestamp();
        try
        {
            due = await jobs.ListDueAsync(cancellationToken);
            if (due.Count == 0) return false;
            bool isMore = await jobs.LookAsync(due, cancellationToken) > 0;
            metrics.Looked("jobs", clock.GetElapsedTime(began), hasFailed: false);
            return isMore;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            metrics.Looked("jobs", clock.GetElapsedTime(began), hasFailed: true);
            LogFailed(logger, e, due.Count);
        }

        // One that cannot be looked at keeps no other one waiting.
        await _work.OnceAsync("job", _ => Task.FromResult(due), LookAloneAsync, cancellationToken);
        return false;
    }

    private async Task<bool> LookAloneAsync(JobId job, CancellationToken cancellationToken)
    {
        try
        {
            return await jobs.LookAsync([job], cancellationToken) > 0;
        }
        catch (Exception e) when (e is not (OperationCanceledException or StorageException { IsTransient: true }))
        {
            await jobs.PostponeAsync(job, RestOfBroken, cancellationToken);
            throw;
        }
    }

    [LoggerMessage(4168, LogLevel.Warning, "{Count} jobs could not be looked at together; they are looked at one by one")]
    private static partial void LogFailed(ILogger logger, Exception exception, int count);
}
