using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace StepCloud.Storage.Retention;

/// <summary>Takes away what is due, once a day.</summary>
public sealed partial class RetentionKeeper(RetentionRun run, IOptions<StorageOptions> options, TimeProvider clock, ILogger<RetentionKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.RetentionEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await run.RunAsync(null, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e, options.Value.RetentionEvery);
            }
        }
    }

    [LoggerMessage(3066, LogLevel.Error, "What is due by the rules of retention could not be taken away; nothing is lost, and the next try is in {Every}")]
    private static partial void LogFailed(ILogger logger, Exception exception, TimeSpan every);
}
