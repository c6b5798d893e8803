using Microsoft.Extensions.Options;
using StepCloud.Api.Recordings.Files;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Finds rot: reads each recording again every now and then, slowly, and tells what is no longer what was written.</summary>
internal sealed partial class RecordingScrubber(
    RecordingChecks checks, RecordingCheck check, RecordingPlaces places, IOptions<RecordingOptions> options, TimeProvider clock, ILogger<RecordingScrubber> logger) : BackgroundService
{
    private static readonly AuditDoer Doer = AuditDoer.System("scrubber");

    /// <summary>Between two looks whether something is due.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        HashSet<string> away = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                string[] stores = [.. places.All.Select(place => place.Store).Where(store => !away.Contains(store))];
                if (await checks.FindDueAsync(stores, clock.GetUtcNow() - options.Value.CheckEvery, stoppingToken) is { } due)
                {
                    await check.CheckAsync(due, Doer, bytes => PaceAsync(bytes, stoppingToken), stoppingToken);
                    continue;
                }
            }
            catch (StoreAwayException e)
            {
                // Nothing is known of what lies there, and the other places are looked at meanwhile.
                LogNotChecked(logger, e);
                if (away.Add(e.Store)) continue;
            }
            // Whatever it is: what is done once for the installation goes on.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotChecked(logger, e);
            }

            away.Clear();
            await Task.Delay(LookEvery < options.Value.CheckEvery ? LookEvery : options.Value.CheckEvery, clock, stoppingToken);
        }
    }

    private async ValueTask PaceAsync(int bytes, CancellationToken cancellationToken) =>
        await Task.Delay(TimeSpan.FromSeconds(bytes / (options.Value.CheckMiBPerSecond * 1024.0 * 1024)), clock, cancellationToken);

    [LoggerMessage(4226, LogLevel.Warning, "A recording could not be checked; it is tried again")]
    private static partial void LogNotChecked(ILogger logger, Exception exception);
}
