using Microsoft.Extensions.Options;
using StepCloud.Api.Recordings.Files;
using StepCloud.Contracts.Audit;

namespace StepCloud.Api.Recordings.Keeping;

/// <summary>Brings finished recordings to where they should be, one after the other.</summary>
internal sealed partial class RecordingMover(RecordingMove move, IOptions<RecordingOptions> options, TimeProvider clock, ILogger<RecordingMover> logger) : BackgroundService
{
    private static readonly AuditDoer Doer = AuditDoer.System("mover");

    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        int failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await move.CountAsync(stoppingToken);
                while (await move.FindNextAsync(stoppingToken) is { } next)
                {
                    if (await move.MoveAsync(next, Doer, stoppingToken) == MoveOutcome.Moved) failures = 0;
                }
            }
            catch (StoreAwayException e)
            {
                // Whatever comes next would hear the same.
                failures++;
                LogAway(logger, e);
            }
            // Whatever it is: what is done once for the installation goes on.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotMoved(logger, e);
            }

            TimeSpan every = options.Value.MoveEvery, pause = every * Math.Pow(2, Math.Min(failures, 10));
            await Task.Delay(pause < PauseMax ? pause : every > PauseMax ? every : PauseMax, clock, stoppingToken);
        }
    }

    [LoggerMessage(4703, LogLevel.Warning, "Recordings are not moved for the moment: a place of theirs does not answer")]
    private static partial void LogAway(ILogger logger, Exception exception);

    [LoggerMessage(4704, LogLevel.Warning, "Recordings could not be moved; it is tried again")]
    private static partial void LogNotMoved(ILogger logger, Exception exception);
}
