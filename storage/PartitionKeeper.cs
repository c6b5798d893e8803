using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StepCloud.Storage;

/// <summary>Makes the coming months' and days' partitions long before they are needed, and drops the days of telemetry that have had their time.</summary>
internal sealed partial class PartitionKeeper(
    StepPartitions steps, TelemetryPartitions telemetry, TimeProvider clock, ILogger<PartitionKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await steps.EnsureAheadAsync(stoppingToken);
                await telemetry.EnsureAheadAsync(stoppingToken);
                await telemetry.DropOldAsync(stoppingToken);
            }
            catch (StorageException e)
            {
                LogNotKept(logger, e);
            }
        }
    }

    [LoggerMessage(3041, LogLevel.Error, "The partitions could not be brought up to date; the next try is in an hour, and what comes makes its own")]
    private static partial void LogNotKept(ILogger logger, Exception exception);
}
