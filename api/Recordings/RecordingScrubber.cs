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

    /// <summary>When so many cannot be read though their place answers, it is the place's trouble.</summary>
    private const int SkippedMax = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        HashSet<string> away = [];
        HashSet<Guid> skipped = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            Recording? due = null;
            try
            {
                string[] stores = [.. places.All.Select(place => place.Store).Where(store => !away.Contains(store))];
                due = await checks.FindDueAsync(stores, clock.GetUtcNow() - options.Value.CheckEvery, [.. skipped], stoppingToken);
                if (due is not null)
                {
                    await check.CheckAsync(due, Doer, bytes => PaceAsync(bytes, stoppingToken), stoppingToken);
                    continue;
                }
            }
            catch (StoreAwayException e)
            {
                LogNotChecked(logger, e, due?.Id.Value);
                // One that is always refused does not keep the others, and when nothing is known of a place, the other ones are looked at meanwhile.
                bool isItsOwn = due is not null && skipped.Count < SkippedMax && await places.IsThereAsync(e.Store, stoppingToken);
                if (isItsOwn ? skipped.Add(due!.Id.Value) : away.Add(e.Store)) continue;
            }
            // Whatever it is: what is done once for the installation goes on.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotChecked(logger, e, due?.Id.Value);
            }

            away.Clear();
            skipped.Clear();
            await Task.Delay(LookEvery < options.Value.CheckEvery ? LookEvery : options.Value.CheckEvery, clock, stoppingToken);
        }
    }

    private async ValueTask PaceAsync(int bytes, CancellationToken cancellationToken) =>
        await Task.Delay(TimeSpan.FromSeconds(bytes / (options.Value.CheckMiBPerSecond * 1024.0 * 1024)), clock, cancellationToken);

    [LoggerMessage(4226, LogLevel.Warning, "Recording {Recording} could not be checked; it is tried again")]
    private static partial void LogNotChecked(ILogger logger, Exception exception, Guid? recording);
}
