using System.Diagnostics;
using System.Security.Cryptography;

namespace StepCloud.Api.Recordings.Format;

/// <summary>Seals content as it arrives, in constant memory. Some frames are filled while those before them are sealed and written.</summary>
/// <remarks>
/// What came last is held back until more follows or the end is known, since the last frame is sealed as the last. Every run of writing has a salt of its
/// own; whoever goes on with a recording begins another run with another writer.
/// </remarks>
public sealed class RecordingWriter : IAsyncDisposable
{
    private readonly IRecordingOutput _output;
    private readonly Guid _recording;
    private readonly ChunkSealer _sealer;
    private readonly IncrementalHash? _plainHash;
    private readonly IncrementalHash? _storedHash;
    private Batch _filling;
    private Batch? _full;
    private Batch? _writing;
    private Task _written = Task.CompletedTask;

    /// <summary>Begins a recording.</summary>
    public RecordingWriter(ReadOnlySpan<byte> key, Guid recording, IRecordingOutput output)
        : this(key, recording, output, firstChunk: 0)
    {
        _plainHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _storedHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    private RecordingWriter(ReadOnlySpan<byte> key, Guid recording, IRecordingOutput output, int firstChunk)
    {
        (_output, _recording) = (output, recording);
        _sealer = new ChunkSealer(key, recording);
        _filling = new Batch(firstChunk);
    }

    /// <summary>How much content there is, with what came before this run.</summary>
    public long PlainBytes { get; private set; }

    /// <summary>How much of it is in whole chunks that were handed to the output; after <see cref="FlushAsync"/> it survives a power cut.</summary>
    public long WrittenBytes => (long)(_full ?? _filling).FirstChunk * RecordingFormat.ChunkBytes;

    /// <summary>Goes on where another run has ended. Hashes of the whole are not to be had then.</summary>
    /// <param name="plainBytes">How much content there is.</param>
    /// <param name="tail">What <see cref="SuspendAsync"/> has given of it; null when whole chunks are all there is.</param>
    /// <exception cref="RecordingBrokenException">The tail is not what it was.</exception>
    public static RecordingWriter Resume(ReadOnlySpan<byte> key, Guid recording, IRecordingOutput output, long plainBytes, byte[]? tail)
    {
        int chunk = (int)(plainBytes / RecordingFormat.ChunkBytes), begun = (int)(plainBytes % RecordingFormat.ChunkBytes);
        if (plainBytes == 0) return new RecordingWriter(key, recording, output);
        RecordingWriter writer = new(key, recording, output, chunk) { PlainBytes = plainBytes };
        if (begun == 0) return writer;
        using ChunkOpener opener = new(key, recording);
        if (tail?.Length != begun + RecordingFormat.OverheadBytes || !opener.TryOpen(chunk, ChunkKind.Tail, tail, writer._filling.Room.Span[..begun]))
            throw new RecordingBrokenException(recording, new ChunkFault(chunk, ChunkFaultKind.Altered));
        writer._filling.Advance(begun);
        return writer;
    }

    /// <summary>Room for what comes next; never empty.</summary>
    public Memory<byte> Room => _filling.Room;

    /// <summary>The first bytes of the recording, while they are at hand: until more than some chunks have come, and only in a run that begins in the first.</summary>
    public ReadOnlyMemory<byte> Head => _filling.FirstChunk == 0 ? _filling.Begin : _full?.FirstChunk == 0 ? _full.Begin : default;

    /// <summary>So many bytes were put into <see cref="Room"/>.</summary>
    /// <exception cref="IOException">What came earlier could not be written.</exception>
    public async ValueTask AdvanceAsync(int bytes, CancellationToken cancellationToken)
    {
        if (bytes == 0) return;
        _plainHash?.AppendData(_filling.Room.Span[..bytes]);
        PlainBytes += bytes;
        _filling.Advance(bytes);
        if (_full is not null)
        {
            await DispatchAsync(_full, endsRecording: false, cancellationToken);
            _full = null;
        }

        if (!_filling.IsFull) return;
        _full = _filling;
        _filling = new Batch(_full.FirstChunk + FrameBuffers.Frames);
    }

    /// <summary>Ends the recording.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public async Task<SealedRecording> CompleteAsync(CancellationToken cancellationToken)
    {
        if (PlainBytes == 0) throw new InvalidOperationException("A recording has content.");
        if (_filling.IsEmpty)
        {
            // All was given over earlier only when a run begins behind a whole chunk, and nothing comes: its end would be unsealed.
            Batch last = _full ?? throw new InvalidOperationException("The end of this recording was sealed as its middle.");
            await DispatchAsync(last, endsRecording: true, cancellationToken);
            _full = null;
        }
        else
        {
            if (_full is not null) await DispatchAsync(_full, endsRecording: false, cancellationToken);
            _full = null;
            await DispatchAsync(_filling, endsRecording: true, cancellationToken);
            _filling = new Batch(_filling.FirstChunk);
        }

        await FlushAsync(cancellationToken);
        return new SealedRecording(PlainBytes, RecordingFormat.StoredBytes(PlainBytes), _plainHash?.GetHashAndReset(), _storedHash?.GetHashAndReset());
    }

    /// <summary>Ends this run, and not the recording: more is to come.</summary>
    /// <returns>The begun chunk, sealed, which is to be kept for <see cref="Resume"/>; null where there is none.</returns>
    /// <exception cref="IOException">It could not be written.</exception>
    public async Task<byte[]?> SuspendAsync(CancellationToken cancellationToken)
    {
        if (_full is not null) await DispatchAsync(_full, endsRecording: false, cancellationToken);
        _full = null;
        // The sealer is one thread's at a time.
        await WaitAsync();
        byte[]? tail = _filling.TakeTail(_sealer);
        if (!_filling.IsEmpty)
        {
            await DispatchAsync(_filling, endsRecording: false, cancellationToken);
            _filling = new Batch(_filling.FirstChunk);
        }

        await FlushAsync(cancellationToken);
        return tail;
    }

    /// <summary>Waits until what was handed to the output is safe there.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await WaitAsync();
        await _output.FlushAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever lets go before the end has heard of the fault, or caused it.
        await _written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writing?.Dispose();
        _full?.Dispose();
        _filling.Dispose();
        _sealer.Dispose();
        _plainHash?.Dispose();
        _storedHash?.Dispose();
    }

    private async Task DispatchAsync(Batch batch, bool endsRecording, CancellationToken cancellationToken)
    {
        await WaitAsync();
        _writing = batch;
        _written = Task.Run(() => WriteAsync(batch, endsRecording, cancellationToken), cancellationToken);
    }

    private async Task WaitAsync()
    {
        await _written;
        _writing?.Dispose();
        _writing = null;
    }

    private async Task WriteAsync(Batch batch, bool endsRecording, CancellationToken cancellationToken)
    {
        if (batch.FirstChunk == 0)
        {
            byte[] header = RecordingFormat.Header(_recording);
            _storedHash?.AppendData(header);
            await _output.WriteAsync(0, header, cancellationToken);
        }

        ReadOnlyMemory<byte> frames = batch.Seal(_sealer, endsRecording);
        _storedHash?.AppendData(frames.Span);
        await _output.WriteAsync(RecordingFormat.FrameAt(batch.FirstChunk), frames, cancellationToken);
    }

    /// <summary>Some frames in one buffer, the content of each where its ciphertext comes.</summary>
    private sealed class Batch(int firstChunk) : IDisposable
    {
        private byte[]? _buffer = FrameBuffers.Rent();
        private int _plainBytes;

        public int FirstChunk => firstChunk;

        public bool IsEmpty => _plainBytes == 0;

        public bool IsFull => _plainBytes == FrameBuffers.PlainBytes;

        public Memory<byte> Room => Buffer.AsMemory(ContentAt(_plainBytes), RecordingFormat.ChunkBytes - (_plainBytes % RecordingFormat.ChunkBytes));

        public ReadOnlyMemory<byte> Begin => Buffer.AsMemory(ContentAt(0), Math.Min(_plainBytes, RecordingFormat.ChunkBytes));

        private byte[] Buffer => _buffer ?? throw new UnreachableException("The batch was written.");

        public void Advance(int bytes) => _plainBytes += bytes;

        public ReadOnlyMemory<byte> Seal(ChunkSealer sealer, bool endsRecording)
        {
            int frames = RecordingFormat.Chunks(_plainBytes), length = _plainBytes + (frames * RecordingFormat.OverheadBytes);
            for (int i = 0; i < frames; i++)
            {
                int from = i * RecordingFormat.FrameBytes;
                ChunkKind kind = endsRecording && i == frames - 1 ? ChunkKind.Last : ChunkKind.Middle;
                sealer.Seal(firstChunk + i, kind, Buffer.AsSpan(from, Math.Min(RecordingFormat.FrameBytes, length - from)));
            }

            return Buffer.AsMemory(0, length);
        }

        /// <summary>Takes the begun chunk out, sealed.</summary>
        public byte[]? TakeTail(ChunkSealer sealer)
        {
            int begun = _plainBytes % RecordingFormat.ChunkBytes;
            if (begun == 0) return null;
            byte[] tail = new byte[begun + RecordingFormat.OverheadBytes];
            _plainBytes -= begun;
            Buffer.AsSpan(ContentAt(_plainBytes), begun).CopyTo(tail.AsSpan(RecordingFormat.FrameHeaderBytes));
            sealer.Seal(firstChunk + (_plainBytes / RecordingFormat.ChunkBytes), ChunkKind.Tail, tail);
            return tail;
        }

        public void Dispose()
        {
            if (_buffer is { } buffer) FrameBuffers.Return(buffer);
            _buffer = null;
        }

        private static int ContentAt(int plainBytes) =>
            (plainBytes / RecordingFormat.ChunkBytes * RecordingFormat.FrameBytes) + RecordingFormat.FrameHeaderBytes + (plainBytes % RecordingFormat.ChunkBytes);
    }
}

/// <param name="PlainHash">SHA-256; null when the recording was written in several runs.</param>
/// <param name="StoredHash">As the other, of the file.</param>
public sealed record SealedRecording(long PlainBytes, long StoredBytes, byte[]? PlainHash, byte[]? StoredHash);
