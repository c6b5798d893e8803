using Microsoft.Extensions.Options;
using StepCloud.Api.Recordings.Files.S3;
using StepCloud.Api.Recordings.Format;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Files;

/// <summary>All places in which recordings may lie, and which of them finished ones should be in.</summary>
internal sealed class RecordingPlaces : IDisposable
{
    /// <summary>How long somebody who has deleted a recording waits for its bytes to go.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    /// <summary>A recording that moves that often while it is opened is a fault.</summary>
    private const int MovesMax = 3;

    private readonly RecordingStore _recordings;
    private readonly RecordingOptions _options;
    private readonly TimeProvider _clock;
    private readonly S3Place? _s3;

    public RecordingPlaces(
        RecordingStore recordings, PlaceOwnership ownership, FolderFiles folder, IOptions<RecordingOptions> options, IOptions<S3Options> s3, TimeProvider clock, ILoggerFactory loggers)
    {
        (_recordings, Ownership, _options, _clock) = (recordings, ownership, options.Value, clock);
        Receiving = folder;
        _s3 = s3.Value.IsGiven ? new S3Place(s3.Value, clock, loggers.CreateLogger<S3Place>()) : null;
        All = _s3 is null ? [folder] : [folder, _s3];
    }

    public IReadOnlyList<IRecordingPlace> All { get; }

    /// <summary>Where recordings lie while they are received.</summary>
    public IRecordingPlace Receiving { get; }

    /// <exception cref="StoreAwayException">No setting says where it is.</exception>
    public IRecordingPlace Wanted => Of(_options.StoreName);

    /// <exception cref="StoreAwayException">Recordings are there, and no setting says where that is.</exception>
    public IRecordingPlace Of(string store) =>
        All.FirstOrDefault(place => place.Store == store) ?? throw new StoreAwayException(store, "it is not configured (Recordings:S3).");

    /// <summary>Whether a place is this installation's: its mark says so.</summary>
    public PlaceOwnership Ownership { get; }

    /// <summary>Whether a place answers, and is ours: what failed there is then the trouble of one recording.</summary>
    public async Task<bool> IsThereAsync(string store, CancellationToken cancellationToken)
    {
        try
        {
            await Ownership.RequireMarkAsync(Of(store), cancellationToken);
            return true;
        }
        catch (StoreAwayException)
        {
            return false;
        }
    }

    /// <summary>The bytes of a stored recording. Whoever reads goes on in the new place when it is moved meanwhile.</summary>
    /// <param name="from">As <see cref="IRecordingPlace.OpenAsync"/> has it, and <paramref name="until"/> too.</param>
    /// <param name="until">Behind what will be read, as far as is known.</param>
    /// <exception cref="StoreAwayException">The place does not answer.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public async Task<IStoredBytes> OpenAsync(Recording recording, long from, long until, CancellationToken cancellationToken)
    {
        (Recording at, IStoredBytes bytes) = await FollowAsync(recording, from, until, cancellationToken);
        return new MovingBytes(this, at, bytes, until);
    }

    /// <summary>As the other, all of it.</summary>
    public Task<IStoredBytes> OpenAsync(Recording recording, CancellationToken cancellationToken) => OpenAsync(recording, 0, long.MaxValue, cancellationToken);

    /// <summary>Takes bytes away that are nobody's. When that cannot be done in a moment, they are found again by whoever looks for such.</summary>
    /// <returns>False when it could not be done.</returns>
    public async Task<bool> TryDeleteAsync(string store, string name, CancellationToken cancellationToken)
    {
        using CancellationTokenSource moment = new(Moment, _clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(moment.Token, cancellationToken);
        try
        {
            IRecordingPlace place = Of(store);
            await Ownership.RequireMarkAsync(place, either.Token);
            await place.DeleteAsync(name, either.Token);
            return true;
        }
        catch (Exception e) when (e is StoreAwayException or IOException or UnauthorizedAccessException or Storage.StorageException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public void Dispose() => _s3?.Dispose();

    private async Task<(Recording At, IStoredBytes Bytes)> FollowAsync(Recording recording, long from, long until, CancellationToken cancellationToken)
    {
        for (int moves = 0; ; moves++)
        {
            try
            {
                return (recording, await Of(recording.Store).OpenAsync(recording.StoredName, from, until, cancellationToken));
            }
            catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException && moves < MovesMax)
            {
                if (await FindElsewhereAsync(recording, cancellationToken) is { } moved)
                {
                    recording = moved;
                    continue;
                }

                await Ownership.RequireMarkAsync(Of(recording.Store), cancellationToken);
                throw;
            }
        }
    }

    /// <returns>Null when it is gone, or where it was.</returns>
    private async Task<Recording?> FindElsewhereAsync(Recording recording, CancellationToken cancellationToken) =>
        await _recordings.FindAsync(recording.Organization, recording.Id, cancellationToken) is { } now && (now.Store, now.StoredName) != (recording.Store, recording.StoredName) ? now : null;

    /// <summary>Bytes that may be brought elsewhere while they are read: they are the same there.</summary>
    private sealed class MovingBytes(RecordingPlaces places, Recording recording, IStoredBytes bytes, long until) : IStoredBytes
    {
        private Recording _at = recording;
        private IStoredBytes _bytes = bytes;

        public long Length => _bytes.Length;

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            for (int moves = 0; ; moves++)
            {
                try
                {
                    return await _bytes.ReadAsync(offset, buffer, cancellationToken);
                }
                catch (FileNotFoundException) when (moves < MovesMax)
                {
                    if (await places.FindElsewhereAsync(_at, cancellationToken) is not { } moved)
                    {
                        await places.Ownership.RequireMarkAsync(places.Of(_at.Store), cancellationToken);
                        throw;
                    }

                    await _bytes.DisposeAsync();
                    (_at, _bytes) = await places.FollowAsync(moved, offset, until, cancellationToken);
                }
            }
        }

        public ValueTask DisposeAsync() => _bytes.DisposeAsync();
    }
}
