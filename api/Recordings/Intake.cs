using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using StepCloud.Api.Http;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Sessions;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Receives recordings: sealed as they come, said to be received when they are safe, and nothing of them left when they are refused.</summary>
internal sealed partial class Intake(
    RecordingUploads uploads, IRecordingFiles files, RecordingPlaces places, UploadPlaces uploadPlaces, OpenSessions sessions, IOptions<RecordingOptions> options, ApiMetrics metrics, TimeProvider clock, ILogger<Intake> logger)
{
    public RecordingOptions Options => options.Value;

    public DateTimeOffset NewExpiry => clock.GetUtcNow() + Options.UploadExpiry;

    public bool HasRoomFor(long bytes) => files.HasRoomFor(bytes);

    /// <summary>Whether anything can be written: the folder is this installation's, and has room for so many bytes.</summary>
    /// <returns>Null when it can.</returns>
    public async Task<ProblemHttpResult?> RefusalAsync(HttpContext context, long bytes)
    {
        try
        {
            await places.Ownership.RequireOursAsync(places.Receiving, context.RequestAborted);
            return HasRoomFor(bytes) ? null : Problems.Of(ProblemKinds.StorageFull);
        }
        catch (StoreAwayException e)
        {
            LogNotOurs(logger, e);
            return Problems.RecordingPlaceNotOurs(context);
        }
    }

    /// <returns>Null when as many are received as can be.</returns>
    public IDisposable? TryTakePlace() => uploadPlaces.TryTake();

    /// <summary>Takes a body in.</summary>
    /// <param name="upload">Whose writer this is; disposed of by the caller.</param>
    /// <param name="tail">The begun chunk of what was received before.</param>
    /// <param name="isResumable">What came is kept when no more comes.</param>
    /// <param name="digest">What the body must come to; null for nothing.</param>
    public async Task<IntakeOutcome> ReceiveAsync(
        HttpContext context, OpenRecording upload, Guid writer, byte[]? tail, bool isResumable, BodyDigest? digest, RecordingSender sender)
    {
        Recording recording = upload.Recording;
        try
        {
            // There may be a file already, and another may have it by now, who has even finished it.
            if (isResumable && !await uploads.IsWriterAsync(recording.Id, writer, CancellationToken.None)) return new IntakeOutcome.Refused(Problems.Of(ProblemKinds.UploadIsWritten));
            using (IntakeRun run = new(this, context, recording, writer, tail, isResumable, digest))
            {
                await using IUnfinishedRecording file = recording.ReceivedBytes == 0 ? Begin(recording.StoredName) : files.Resume(recording.StoredName);
                try
                {
                    await using RecordingWriter sealing = RecordingWriter.Resume(upload.Key.Value, recording.Id.Value, file, recording.ReceivedBytes, tail);
                    IntakeEnd end = await run.CopyAsync(sealing);
                    if (end is { IsWhole: true, Problem: null } && !await run.MayStoreAsync()) end = new IntakeEnd(Problem: Problems.Of(ProblemKinds.InvalidToken), IsForgotten: !isResumable);
                    if (end.Problem is { } problem)
                    {
                        // It may still be writing, and whoever comes next would write to the same places.
                        await sealing.DisposeAsync();
                        return await RefuseAsync(run, file, problem, end.IsForgotten);
                    }

                    if (end.IsWhole) return await StoreAsync(run, upload, sealing, file, sender);
                    if (!isResumable) return await RefuseAsync(run, file, null, isForgotten: true);
                    byte[]? begun = await sealing.SuspendAsync(CancellationToken.None);
                    DateTimeOffset expiresAt = NewExpiry;
                    if (!await uploads.ProgressAsync(recording, writer, sealing.PlainBytes, begun, rests: true, expiresAt, CancellationToken.None))
                        return await RefuseAsync(run, file, Problems.Of(ProblemKinds.ConsentMissing), isForgotten: false);
                    return end.IsGone ? IntakeOutcome.Gone.Instance : new IntakeOutcome.Rests(sealing.PlainBytes, expiresAt);
                }
                catch (IOException e) when (DiskFaults.IsFull(e))
                {
                    LogFull(logger, e, recording.Id.Value);
                    return await RefuseAsync(run, file, Problems.Of(ProblemKinds.StorageFull), isForgotten: !isResumable);
                }
                catch (QuotaReachedException e)
                {
                    return await RefuseAsync(run, file, Problems.QuotaReached(e.Quota), isForgotten: true);
                }
            }
        }
        catch (IOException e) when (DiskFaults.IsFull(e))
        {
            LogFull(logger, e, recording.Id.Value);
            await ForgetAsync(recording, writer, keep: isResumable);
            return new IntakeOutcome.Refused(Problems.Of(ProblemKinds.StorageFull));
        }
        catch (Exception)
        {
            await ForgetAsync(recording, writer, keep: isResumable);
            throw;
        }
    }

    /// <summary>Forgets an upload, its key first.</summary>
    public async Task<bool> AbandonAsync(Recording recording, Guid? writer)
    {
        if (await uploads.AbandonAsync(recording, writer, CancellationToken.None) is not { } names) return false;
        foreach (string name in names)
        {
            // In a place of another's it may be that one's to write.
            if (!await places.TryDeleteAsync(recording.Store, name, CancellationToken.None)) LogNotForgotten(logger, null, recording.Id.Value);
        }

        return true;
    }

    internal Task<bool> ProgressAsync(Recording recording, Guid writer, long received, byte[]? tail) =>
        uploads.ProgressAsync(recording, writer, received, tail, rests: false, NewExpiry, CancellationToken.None);

    internal StreamRight RightOf(HttpContext context) => new(context, sessions, clock);

    internal TimeProvider Clock => clock;

    /// <summary>What a run before has left of a file of which nothing was acknowledged is nothing.</summary>
    private IUnfinishedRecording Begin(string name)
    {
        files.Delete(name);
        return files.Create(name);
    }

    private async Task<IntakeOutcome> StoreAsync(IntakeRun run, OpenRecording upload, RecordingWriter sealing, IUnfinishedRecording file, RecordingSender sender)
    {
        SealedRecording made = await sealing.CompleteAsync(CancellationToken.None);
        (byte[] Content, byte[] Stored)? hashes = made is { PlainHash: { } plain, StoredHash: { } stored } ? (plain, stored) : null;
        if (hashes is null && !await uploads.HoldAsync(run.Recording.Id, run.Writer, async lost => hashes = await HashAsync(upload, file, made, lost)))
            return await RefuseAsync(run, file, Problems.Of(ProblemKinds.UploadIsWritten), isForgotten: false);
        // To read all of it once more takes a while. It is sealed to its end now, so nobody goes on with it.
        if (!await run.MayStoreAsync()) return await RefuseAsync(run, file, Problems.Of(ProblemKinds.InvalidToken), isForgotten: true);
        file.Finish();
        StoredContent content = new(clock.GetUtcNow(), made.StoredBytes, hashes!.Value.Content, hashes.Value.Stored);
        return await uploads.StoreAsync(run.Recording, run.Writer, made.PlainBytes, content, sender.Doer, CancellationToken.None) is { } whole
            ? Counted(new IntakeOutcome.Stored(whole))
            : await RefuseAsync(run, file, Problems.Of(ProblemKinds.ConsentMissing), isForgotten: true);
    }

    /// <summary>Of what came in several runs nobody has seen all: it is read once more, and so proved to be whole.</summary>
    private static async Task<(byte[] Content, byte[] Stored)> HashAsync(OpenRecording upload, IUnfinishedRecording file, SealedRecording made, CancellationToken cancellationToken)
    {
        using ChunkOpener opener = new(upload.Key.Value, upload.Recording.Id.Value);
        RecordingVerdict verdict = await Task.Run(() => new RecordingVerifier(opener, file).VerifyAsync(made.PlainBytes, null, cancellationToken), cancellationToken);
        return verdict.Faults is [var first, ..] ? throw new RecordingBrokenException(upload.Recording.Id.Value, first) : (verdict.PlainHash, verdict.StoredHash);
    }

    private IntakeOutcome.Stored Counted(IntakeOutcome.Stored stored)
    {
        metrics.RecordingStored(stored.Recording.ReceivedBytes);
        return stored;
    }

    private async Task<IntakeOutcome> RefuseAsync(IntakeRun run, IUnfinishedRecording file, ProblemHttpResult? problem, bool isForgotten)
    {
        // What lies behind what was acknowledged is given back: a full disk has a use for it.
        if (!isForgotten && await IsWriterAsync(run)) file.CutTo(run.AcknowledgedFileBytes);
        await ForgetAsync(run.Recording, run.Writer, keep: !isForgotten);
        return problem is null ? IntakeOutcome.Gone.Instance : new IntakeOutcome.Refused(problem);
    }

    /// <summary>The file of an upload may be another's by now.</summary>
    private async Task<bool> IsWriterAsync(IntakeRun run)
    {
        try
        {
            return await uploads.IsWriterAsync(run.Recording.Id, run.Writer, CancellationToken.None);
        }
        catch (Storage.StorageException)
        {
            return false;
        }
    }

    private async Task ForgetAsync(Recording recording, Guid writer, bool keep)
    {
        try
        {
            if (keep) await uploads.ReleaseAsync(recording.Id, writer, CancellationToken.None);
            else await AbandonAsync(recording, writer);
        }
        catch (Exception e) when (e is Storage.StorageException or IOException)
        {
            // Its time will be over, and then it is taken away.
            LogNotForgotten(logger, e, recording.Id.Value);
        }
    }

    [LoggerMessage(4712, LogLevel.Error, "No recordings are taken in: the folder that they are written to is not this installation's, or cannot be read")]
    private static partial void LogNotOurs(ILogger logger, Exception exception);

    [LoggerMessage(4228, LogLevel.Error, "There is no room for recording {Recording}: the disk of the recordings is full")]
    private static partial void LogFull(ILogger logger, Exception exception, Guid recording);

    [LoggerMessage(4229, LogLevel.Warning, "What came of recording {Recording}, which was refused, could not be taken away; it is when it expires, or when what belongs to nothing is looked for")]
    private static partial void LogNotForgotten(ILogger logger, Exception? exception, Guid recording);
}
