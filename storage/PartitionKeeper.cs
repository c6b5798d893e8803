using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StepCloud.Storage;

/// <summary>Makes the coming months' partitions once a day, long before they are needed.</summary>
internal sealed partial class PartitionKeeper(StepPartitions partitions, TimeProvider clock, ILogger<PartitionKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await partitions.EnsureAheadAsync(stoppingToken);
            }
            catch (StorageException e)
            {
                LogNotMade(logger, e);
            }
        }
    }

    [LoggerMessage(3041, LogLevel.Error, "The coming months' partitions could not be made; the next try is tomorrow, and a step makes its own month's")]
    private static partial void LogNotMade(ILogger logger, Exception exception);
}
