using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StepCloud.Actors.Ports;
using StepCloud.Storage.Folders;
using StepCloud.Storage.SignInCodes;

namespace StepCloud.Storage;

/// <summary>Forgets what has had its time: pairings that nobody finished, codes that nobody entered, the wrong tries of yesterday, answers to requests of yesterday, and openings of shared links.</summary>
internal sealed partial class Sweeper(
    IPairingStore pairings, IdempotentRequestStore requests, SignInCodeStore codes, SharedLinks links, TimeProvider clock, ILogger<Sweeper> logger) : BackgroundService
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
                await requests.SweepAsync(stoppingToken);
                await codes.SweepAsync(stoppingToken);
                await links.SweepAsync(stoppingToken);
            }
            catch (StorageException e)
            {
                LogNotSwept(logger, e);
            }
        }
    }

    [LoggerMessage(3060, LogLevel.Warning, "What has expired could not be deleted; the next try is in ten minutes")]
    private static partial void LogNotSwept(ILogger logger, Exception exception);
}
