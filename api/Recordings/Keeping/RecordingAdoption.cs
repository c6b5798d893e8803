using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Keeping;

/// <summary>Before bytes that no row names are taken away: are they all that there is of a recording?</summary>
/// <remarks>
/// A database that was brought back from yesterday names the places of yesterday, and what was moved since lies elsewhere under another name. The header says of which
/// recording the bytes are; and only when those that the row names are not there or not whole, and these are what was written, are they its own.
/// </remarks>
internal sealed partial class RecordingAdoption(RecordingStore recordings, RecordingMoves moves, RecordingPlaces places, ILogger<RecordingAdoption> logger)
{
    /// <returns>Whether they must stay.</returns>
    public async Task<bool> IsNeededAsync(IRecordingPlace place, string name, CancellationToken cancellationToken)
    {
        if (await FindOwnerAsync(place, name, cancellationToken) is not { } owner) return false;
        try
        {
            await using IStoredBytes own = await places.OpenAsync(owner, 0, RecordingFormat.HeaderBytes, cancellationToken);
            if (own.Length == owner.Stored!.Bytes && owner.Fault is null) return false;
        }
        catch (StoreAwayException)
        {
            // Not now, while nothing is known.
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
        }

        await using (IStoredBytes bytes = await place.OpenAsync(name, 0, long.MaxValue, cancellationToken))
        {
            if (!await HashedBytes.IsAsync(bytes, owner.Stored!.StoredHash, null, cancellationToken)) return false;
        }

        if (await moves.AdoptAsync(owner, place.Store, name, cancellationToken)) LogAdopted(logger, owner.Id.Value, place.Store, name);
        return true;
    }

    private async Task<Recording?> FindOwnerAsync(IRecordingPlace place, string name, CancellationToken cancellationToken)
    {
        try
        {
            await using IStoredBytes bytes = await place.OpenAsync(name, 0, RecordingFormat.HeaderBytes, cancellationToken);
            byte[] header = new byte[RecordingFormat.HeaderBytes];
            int read = await bytes.ReadAsync(0, header, cancellationToken);
            return RecordingFormat.ReadHeader(header.AsSpan(0, read)) is { } id && await recordings.FindAsync(null, new RecordingId(id), cancellationToken) is { IsStored: true } owner ? owner : null;
        }
        // Not finished, or gone by now. What cannot be read for another reason may be the last copy of something.
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    [LoggerMessage(4705, LogLevel.Warning, "The bytes of recording {Recording} were not where its row said, and were found whole in the store '{Store}' as {Name}: the row says so now")]
    private static partial void LogAdopted(ILogger logger, Guid recording, string store, string name);
}
