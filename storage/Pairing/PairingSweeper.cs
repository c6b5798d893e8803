using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StepCloud.Actors.Ports;

namespace StepCloud.Storage;

/// <summary>Forgets pairings that nobody finished, and the wrong tries of yesterday.</summary>
internal sealed partial class PairingSweeper(IPairingStore pairings, TimeProvider clock, ILogger<PairingSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await pairings.SweepAsync(stoppingToken);
            }
            catch (StorageException e)
            {
                LogNotSwept(logger, e);
            }
        }
    }

    [LoggerMessage(3060, LogLevel.Warning, "Expired pairings could not be deleted; the next try is in ten minutes")]
    private static partial void LogNotSwept(ILogger logger, Exception exception);
}
