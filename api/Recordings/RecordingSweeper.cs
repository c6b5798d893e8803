using Microsoft.Extensions.Options;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Takes away uploads whose time is over, and files that no recording refers to: at the start, and now and then.</summary>
internal sealed partial class RecordingSweeper(
    RecordingUploads uploads, RecordingStore recordings, Intake intake, IRecordingFiles files, MasterKey masterKey, ThisNode node, IOptions<RecordingOptions> options, TimeProvider clock, ILogger<RecordingSweeper> logger)
    : BackgroundService
{
    private const int CountMax = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.SweepEvery, clock);
        // Not in the way of the start.
        await Task.Yield();
        bool hasReleased = node.IsOneOfMany;
        do
        {
            try
            {
                // Who wrote when the process before this one died writes no more.
                if (!hasReleased) await uploads.ReleaseAllAsync(stoppingToken);
                hasReleased = true;
                foreach (Recording upload in await uploads.ListExpiredAsync(CountMax, stoppingToken)) await intake.AbandonAsync(upload, writer: null);
                await SweepFilesAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotSwept(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>A row comes before its file and goes before it too, so a file without a row is nobody's, whenever one looks.</summary>
    private async Task SweepFilesAsync(CancellationToken cancellationToken)
    {
        // Beside another database everything here would look like nobody's.
        if (!files.IsOf(masterKey.Id))
        {
            LogOthers(logger);
            return;
        }

        foreach (string[] names in files.List().Distinct().Chunk(CountMax))
        {
            foreach (string stranger in await recordings.ListStrangersAsync(names, cancellationToken))
            {
                // What somebody else has put there is not ours to take away.
                if (stranger.Length != 32 || !stranger.All(char.IsAsciiHexDigitLower)) continue;
                files.Delete(stranger);
                LogStranger(logger, stranger);
            }
        }
    }

    [LoggerMessage(4223, LogLevel.Warning, "What has expired of recordings could not be taken away; it is tried again at the next time")]
    private static partial void LogNotSwept(ILogger logger, Exception exception);

    [LoggerMessage(4227, LogLevel.Error, "The folder of the recordings is another installation's: nothing in it is taken away. See Recordings:Folder")]
    private static partial void LogOthers(ILogger logger);

    [LoggerMessage(4224, LogLevel.Information, "The file {Name} belonged to no recording, and was taken away")]
    private static partial void LogStranger(ILogger logger, string name);
}
