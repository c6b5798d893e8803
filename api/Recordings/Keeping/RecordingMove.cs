using Microsoft.Extensions.Options;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Keeping;

/// <summary>What became of the wish to bring a recording elsewhere.</summary>
internal enum MoveOutcome
{
    Moved,

    /// <summary>Somebody else moves it, or it is gone.</summary>
    NotOurs,

    /// <summary>It is no longer what was stored: it stays where it is, and what is wrong with it is named.</summary>
    Rotten,

    /// <summary>It stays where it is, and is tried again after a pause.</summary>
    Failed,
}

/// <summary>Brings a recording to another place. Whatever happens at whatever moment, its row names a place where all of it is.</summary>
/// <remarks>
/// The name of the copy is written down, the copy made, read back whole and compared with what was written when the recording was stored; then the row changes, and then
/// the old one goes. No key is needed for any of it. Nobody is waited for: whoever reads goes on with the file that he has open, or in the new place.
/// </remarks>
internal sealed partial class RecordingMove
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromHours(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly RecordingMoves _moves;
    private readonly RecordingPlaces _places;
    private readonly RecordingCheck _check;
    private readonly RecordingOptions _options;
    private readonly ApiMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger<RecordingMove> _logger;
    private long _left;

    public RecordingMove(
        RecordingMoves moves, RecordingPlaces places, RecordingCheck check, IOptions<RecordingOptions> options, ApiMetrics metrics, TimeProvider clock, ILogger<RecordingMove> logger)
    {
        (_moves, _places, _check, _options, _metrics, _clock, _logger) = (moves, places, check, options.Value, metrics, clock, logger);
        metrics.Watch("stepcloud.recordings.elsewhere", () => Volatile.Read(ref _left), "{recording}", "Recordings that are not where they should be, as counted last by the process that moves them");
    }

    /// <summary>The next that is not where it should be; null when there is none, or those that there are rest.</summary>
    public Task<Recording?> FindNextAsync(CancellationToken cancellationToken) => _moves.FindNextAsync(RecordingPlaceNames.OtherThan(_options.StoreName), cancellationToken);

    /// <summary>As the other; when others move those that are left, waits for them.</summary>
    public async Task<Recording?> WaitForNextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FindNextAsync(cancellationToken) is { } next) return next;
            if (!await _moves.AreBusyAsync(cancellationToken)) return null;
            await Task.Delay(LookEvery, _clock, cancellationToken);
        }
    }

    /// <summary>How many sound ones are not where they should be.</summary>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        long left = await _moves.CountAsync(RecordingPlaceNames.OtherThan(_options.StoreName), cancellationToken);
        Volatile.Write(ref _left, left);
        return left;
    }

    /// <exception cref="StoreAwayException">One of the places does not answer, or is not this installation's; the recording stays where it is.</exception>
    public async Task<MoveOutcome> MoveAsync(Recording recording, AuditDoer doer, CancellationToken cancellationToken)
    {
        IRecordingPlace target = _places.Wanted;
        // In a place of another's the copy would look like nobody's.
        await _places.Ownership.RequireOursAsync(target, cancellationToken);
        await _places.Ownership.RequireOursAsync(_places.Of(recording.Store), cancellationToken);
        string name = RecordingFileName.New();
        if (!await _moves.BeginAsync(recording, target.Store, name, _options.MovePatience, cancellationToken)) return MoveOutcome.NotOurs;
        CopyOutcome copied;
        try
        {
            copied = await CopyAsync(recording, target, name, cancellationToken);
        }
        catch (Exception e)
        {
            bool hasFailed = !cancellationToken.IsCancellationRequested;
            await GiveUpAsync(recording, target, name, hasFailed);
            if (hasFailed) _metrics.RecordingMoved(target.Store, "failed");
            if (!hasFailed) throw;
            // One that is always refused does not keep the others.
            bool isItsOwn = e is IOException or UnauthorizedAccessException || (e is StoreAwayException away && await _places.IsThereAsync(away.Store, cancellationToken));
            if (!isItsOwn) throw;
            LogFailed(_logger, e, recording.Id.Value, target.Store);
            return MoveOutcome.Failed;
        }

        if (copied == CopyOutcome.Whole) return await EndAsync(recording, target, name, cancellationToken);
        await GiveUpAsync(recording, target, name, hasFailed: copied != CopyOutcome.Lost);
        MoveOutcome outcome = copied switch
        {
            CopyOutcome.Lost => MoveOutcome.NotOurs,
            CopyOutcome.SourceAltered when await _check.CheckAsync(recording, doer, PaceOf(cancellationToken), cancellationToken) is not null => MoveOutcome.Rotten,
            _ => MoveOutcome.Failed,
        };
        if (outcome == MoveOutcome.Failed) LogAltered(_logger, recording.Id.Value, target.Store);
        if (outcome != MoveOutcome.NotOurs) _metrics.RecordingMoved(target.Store, outcome == MoveOutcome.Rotten ? "rotten" : "failed");
        return outcome;
    }

    private async Task<MoveOutcome> EndAsync(Recording recording, IRecordingPlace target, string name, CancellationToken cancellationToken)
    {
        // When this throws nobody here knows whose the copy is: nothing is taken away, and what is nobody's is found later.
        if (!await _moves.EndAsync(recording, target.Store, name, cancellationToken))
        {
            await _places.TryDeleteAsync(target.Store, name, cancellationToken);
            return MoveOutcome.NotOurs;
        }

        _metrics.RecordingMoved(target.Store, "moved");
        Interlocked.Decrement(ref _left);
        if (!await _places.TryDeleteAsync(recording.Store, recording.StoredName, cancellationToken)) LogLeftBehind(_logger, recording.Id.Value, recording.Store);
        return MoveOutcome.Moved;
    }

    private async Task<CopyOutcome> CopyAsync(Recording recording, IRecordingPlace target, string name, CancellationToken cancellationToken)
    {
        using CancellationTokenSource lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task renewing = RenewAsync(recording, name, lost);
        try
        {
            return await CopyAndCompareAsync(recording, target, name, lost.Token);
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return CopyOutcome.Lost;
        }
        finally
        {
            await lost.CancelAsync();
            await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<CopyOutcome> CopyAndCompareAsync(Recording recording, IRecordingPlace target, string name, CancellationToken cancellationToken)
    {
        Func<int, ValueTask> pace = PaceOf(cancellationToken);
        byte[] hash = recording.Stored!.StoredHash;
        IStoredBytes source;
        try
        {
            source = await _places.OpenAsync(recording, cancellationToken);
        }
        catch (IOException)
        {
            return CopyOutcome.SourceAltered;
        }

        await using (source)
        {
            if (source.Length != recording.Stored.Bytes) return CopyOutcome.SourceAltered;
            await using HashedBytes hashed = new(source, pace);
            try
            {
                await target.PutAsync(name, hashed, cancellationToken);
            }
            catch (IOException) when (hashed.Fault is not null)
            {
                return CopyOutcome.SourceAltered;
            }

            if (!hashed.Is(hash)) return CopyOutcome.SourceAltered;
        }

        await using IStoredBytes copy = await target.OpenAsync(name, 0, long.MaxValue, cancellationToken);
        return await HashedBytes.IsAsync(copy, hash, pace, cancellationToken) ? CopyOutcome.Whole : CopyOutcome.CopyAltered;
    }

    /// <summary>Says again and again that it is still moved, and stops it when that is believed no more.</summary>
    private async Task RenewAsync(Recording recording, string name, CancellationTokenSource lost)
    {
        using PeriodicTimer timer = new(_options.MovePatience / 3, _clock);
        while (await timer.WaitForNextTickAsync(lost.Token))
        {
            try
            {
                if (await _moves.RenewAsync(recording, name, _options.MovePatience, lost.Token)) continue;
                await lost.CancelAsync();
            }
            catch (Storage.StorageException)
            {
                // The row decides in the end, and nothing is lost with a copy.
            }
        }
    }

    private async Task GiveUpAsync(Recording recording, IRecordingPlace target, string name, bool hasFailed)
    {
        try
        {
            // Not waited for where a process is to end.
            await _places.TryDeleteAsync(target.Store, name, CancellationToken.None);
            await _moves.GiveUpAsync(recording, name, hasFailed, _options.MovePause, PauseMax, CancellationToken.None);
        }
        catch (Storage.StorageException)
        {
            // When nothing is said of it for a while, it is given up by itself.
        }
    }

    private Func<int, ValueTask> PaceOf(CancellationToken cancellationToken) =>
        async bytes => await Task.Delay(TimeSpan.FromSeconds(bytes / (_options.MoveMiBPerSecond * 1024.0 * 1024)), _clock, cancellationToken);

    private enum CopyOutcome
    {
        Whole,
        SourceAltered,
        CopyAltered,
        Lost,
    }

    [LoggerMessage(4700, LogLevel.Warning, "Recording {Recording} could not be brought to the store '{Store}'; it stays where it is, and is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception, Guid recording, string store);

    [LoggerMessage(4701, LogLevel.Error, "What was read back of recording {Recording} from the store '{Store}' is not what was brought there; the recording stays where it is, and is tried again")]
    private static partial void LogAltered(ILogger logger, Guid recording, string store);

    [LoggerMessage(4702, LogLevel.Warning, "Recording {Recording} was moved, and the bytes in its old place, the store '{Store}', could not be taken away; they are found again as nobody's")]
    private static partial void LogLeftBehind(ILogger logger, Guid recording, string store);
}
