using Microsoft.Extensions.Options;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Finds rot: reads each recording again every now and then, slowly, and tells what is no longer what was written.</summary>
internal sealed partial class RecordingScrubber(
    RecordingChecks checks, RecordingCheck check, IOptions<RecordingOptions> options, TimeProvider clock, ILogger<RecordingScrubber> logger) : BackgroundService
{
    private static readonly AuditDoer Doer = AuditDoer.System("scrubber");

    /// <summary>Between two looks whether something is due.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await checks.FindDueAsync(clock.GetUtcNow() - options.Value.CheckEvery, stoppingToken) is { } due)
                {
                    await check.CheckAsync(due, Doer, bytes => PaceAsync(bytes, stoppingToken), stoppingToken);
                    continue;
                }
            }
            // Whatever it is: what is done once for the installation goes on.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotChecked(logger, e);
            }

            await Task.Delay(LookEvery < options.Value.CheckEvery ? LookEvery : options.Value.CheckEvery, clock, stoppingToken);
        }
    }

    private async ValueTask PaceAsync(int bytes, CancellationToken cancellationToken) =>
        await Task.Delay(TimeSpan.FromSeconds(bytes / (options.Value.CheckMiBPerSecond * 1024.0 * 1024)), clock, cancellationToken);

    [LoggerMessage(4226, LogLevel.Warning, "A recording could not be checked; it is tried again")]
    private static partial void LogNotChecked(ILogger logger, Exception exception);
}
