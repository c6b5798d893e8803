using StepCloud.Api.Http;
using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Gives whoever takes an upload over from a writer that was given up a file of its own, with what was acknowledged.</summary>
/// <remarks>
/// A writer that was stopped for longer than is waited for wakes up with its file open, and writes on until it asks the table. So that file is nobody's by then. What lies
/// before the acknowledged end of it no writer touches, and that alone is copied (docs/adr/0023).
/// </remarks>
internal sealed class UploadTakeover(RecordingUploads uploads, IRecordingFiles files)
{
    private const int BufferBytes = 1024 * 1024;

    /// <param name="upload">With the name of the new file.</param>
    /// <param name="former">The name of the file before it.</param>
    /// <returns>Null when the new file is the upload's. Otherwise nothing was changed, and the upload rests, or is another's.</returns>
    public async Task<ProblemKind?> CopyAsync(Recording upload, Guid writer, string former)
    {
        long bytes = IntakeRun.FileBytesOf(upload.ReceivedBytes);
        ProblemKind? problem;
        try
        {
            problem = !files.HasRoomFor(bytes) ? ProblemKinds.StorageFull
                : await uploads.HoldAsync(upload.Id, writer, lost => Task.Run(() => CopyAsync(former, upload.StoredName, bytes, lost), lost)) ? null
                : ProblemKinds.UploadIsWritten;
        }
        catch (Exception e)
        {
            await GiveUpAsync(upload, writer);
            if (e is IOException full && DiskFaults.IsFull(full)) return ProblemKinds.StorageFull;
            throw;
        }

        if (problem is null && await uploads.KeepCopyAsync(upload.Id, writer, CancellationToken.None))
        {
            TryDelete(former);
            return null;
        }

        await GiveUpAsync(upload, writer);
        return problem ?? ProblemKinds.UploadIsWritten;
    }

    private async Task CopyAsync(string from, string to, long bytes, CancellationToken cancellationToken)
    {
        await using IUnfinishedRecording copy = files.Create(to);
        if (bytes == 0) return;
        await using IStoredBytes former = files.OpenBegun(from);
        byte[] buffer = new byte[BufferBytes];
        for (long at = 0; at < bytes;)
        {
            int read = await former.ReadAsync(at, buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytes - at)), cancellationToken);
            if (read == 0) throw new IOException($"Of the {bytes} bytes that were acknowledged of it, only {at} are in its file.");
            await copy.WriteAsync(at, buffer.AsMemory(0, read), cancellationToken);
            at += read;
            cancellationToken.ThrowIfCancellationRequested();
        }

        await copy.FlushAsync(cancellationToken);
    }

    /// <summary>The file of this try is nobody's: the next one has another name.</summary>
    private async Task GiveUpAsync(Recording upload, Guid writer)
    {
        TryDelete(upload.StoredName);
        await uploads.ReleaseAsync(upload.Id, writer, CancellationToken.None);
    }

    private void TryDelete(string name)
    {
        try
        {
            files.Delete(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is found again when what belongs to nothing is looked for.
        }
    }
}
