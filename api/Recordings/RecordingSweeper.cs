using Microsoft.Extensions.Options;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Keeping;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Takes away uploads whose time is over, and bytes that no recording refers to, in every place: at the start, and now and then.</summary>
internal sealed partial class RecordingSweeper(
    RecordingUploads uploads, RecordingStore recordings, RecordingMoves moves, RecordingAdoption adoption, Intake intake, RecordingPlaces places, ThisNode node,
    IOptions<RecordingOptions> options, TimeProvider clock, ILogger<RecordingSweeper> logger)
    : BackgroundService
{
    private const int CountMax = 500;

    private readonly Dictionary<string, long> _sweptAt = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.SweepEvery, clock);
        // Not in the way of the start.
        await Task.Yield();
        bool hasGivenUp = node.IsOneOfMany;
        do
        {
            try
            {
                // Who wrote when the process before this one died is not waited for.
                if (!hasGivenUp) await uploads.GiveUpAllAsync(stoppingToken);
                hasGivenUp = true;
                foreach (Recording upload in await uploads.ListExpiredAsync(CountMax, stoppingToken)) await intake.AbandonAsync(upload, writer: null);
                while (await recordings.ForgetErasedAsync(CountMax, stoppingToken) == CountMax)
                {
                }

                await moves.GiveUpStrandedAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotSwept(logger, e);
            }

            foreach (IRecordingPlace place in places.All) await SweepWhenDueAsync(place, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SweepWhenDueAsync(IRecordingPlace place, CancellationToken cancellationToken)
    {
        if (_sweptAt.TryGetValue(place.Store, out long at) && clock.GetElapsedTime(at) < place.SweepEvery) return;
        try
        {
            long begun = clock.GetTimestamp();
            await SweepAsync(place, cancellationToken);
            _sweptAt[place.Store] = begun;
        }
        catch (StoreAwayException e) when (e.IsNotOurs)
        {
            LogOthers(logger, e, place.Store);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogPlaceNotSwept(logger, e, place.Store);
        }
    }

    /// <summary>A row comes before its bytes and goes before them too, so bytes without a row are nobody's, whenever one looks.</summary>
    private async Task SweepAsync(IRecordingPlace place, CancellationToken cancellationToken)
    {
        // Beside another database everything here would look like nobody's.
        await places.Ownership.RequireOursAsync(place, cancellationToken);
        Dictionary<string, DateTimeOffset> names = [];
        await foreach ((string name, DateTimeOffset changedAt) in place.ListAsync(cancellationToken))
        {
            if (!names.TryGetValue(name, out DateTimeOffset other) || other < changedAt) names[name] = changedAt;
            if (names.Count == CountMax) await SweepAsync(place, names, cancellationToken);
        }

        await SweepAsync(place, names, cancellationToken);
    }

    private async Task SweepAsync(IRecordingPlace place, Dictionary<string, DateTimeOffset> names, CancellationToken cancellationToken)
    {
        foreach (string stranger in await recordings.ListStrangersAsync(place.Store, [.. names.Keys], cancellationToken))
        {
            try
            {
                // Young or old: what is needed is to be found at once.
                if (await adoption.IsNeededAsync(place, stranger, cancellationToken) || !IsOld(names[stranger])) continue;
                await place.DeleteAsync(stranger, cancellationToken);
                LogStranger(logger, stranger, place.Store);
            }
            catch (Exception e) when (e is StoreAwayException or IOException or UnauthorizedAccessException)
            {
                // Its own trouble does not keep the others.
                if (e is StoreAwayException && !await places.IsThereAsync(place.Store, cancellationToken)) throw;
                LogStrangerLeft(logger, e, stranger, place.Store);
            }
        }

        names.Clear();
    }

    private bool IsOld(DateTimeOffset changedAt) => options.Value.StrangersKept == TimeSpan.Zero || changedAt <= clock.GetUtcNow() - options.Value.StrangersKept;

    [LoggerMessage(4223, LogLevel.Warning, "What has expired of recordings could not be taken away; it is tried again at the next time")]
    private static partial void LogNotSwept(ILogger logger, Exception exception);

    [LoggerMessage(4706, LogLevel.Warning, "The store '{Store}' of recordings could not be looked through for what belongs to nothing; it is tried again at the next time")]
    private static partial void LogPlaceNotSwept(ILogger logger, Exception exception, string store);

    [LoggerMessage(4227, LogLevel.Error, "The store '{Store}' of recordings is not this installation's: nothing is brought there or taken away. See Recordings:Folder, Recordings:S3:Bucket and Recordings:S3:Prefix")]
    private static partial void LogOthers(ILogger logger, Exception exception, string store);

    [LoggerMessage(4224, LogLevel.Information, "The bytes {Name} in the store '{Store}' belonged to no recording, and were taken away")]
    private static partial void LogStranger(ILogger logger, string name, string store);

    [LoggerMessage(4710, LogLevel.Warning, "The bytes {Name} in the store '{Store}' belong to no recording as it seems, and could not be looked at or taken away; it is tried again at the next time")]
    private static partial void LogStrangerLeft(ILogger logger, Exception exception, string name, string store);
}
