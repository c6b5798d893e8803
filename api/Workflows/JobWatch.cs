using StepCloud.Api.Hosting;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

/// <summary>Looks at jobs of which something may have changed, in the one process that owns the actors.</summary>
internal sealed class JobWatch(JobEvaluation jobs, StepBell<JobWatch> bell, TimeProvider clock, ILogger<JobWatch> logger) : BackgroundService
{
    /// <summary>Between two looks: a job to which steps come without a pause is looked at twice a second, however many they are.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Without a bell: for what is due by the clock, and for what other processes have changed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly DueWork _work = new(logger);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            bool isMore = await _work.OnceAsync(jobs.ListSitesAsync, jobs.MarkAsync, stoppingToken);
            await _work.OnceAsync(jobs.ListDueAsync, jobs.LookAsync, stoppingToken);
            if (!isMore) await bell.WaitAsync(LookEvery, Pause, clock, stoppingToken);
        }
    }
}
