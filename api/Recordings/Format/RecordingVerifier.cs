using System.Collections;
using System.Security.Cryptography;

namespace StepCloud.Api.Recordings.Format;

/// <summary>Reads a whole recording and names what is not as it was written.</summary>
public sealed class RecordingVerifier(ChunkOpener opener, IStoredBytes source)
{
    /// <summary>More are not told one by one.</summary>
    public const int FaultsMax = 100;

    private readonly byte[] _frame = new byte[RecordingFormat.FrameBytes];
    private readonly byte[] _plain = new byte[RecordingFormat.ChunkBytes];

    /// <summary>Which chunk stands in which wrong place.</summary>
    private readonly List<(int Place, int Chunk)> _strangers = [];
    private readonly List<ChunkFault> _faults = [];
    private bool _isAsLongAsItWas;

    /// <param name="plainBytes">How much content there should be; null when only the file itself can say it.</param>
    /// <param name="pace">Waits after each chunk of so many stored bytes, where others need the disk.</param>
    public async Task<RecordingVerdict> VerifyAsync(long? plainBytes, Func<int, ValueTask>? pace, CancellationToken cancellationToken)
    {
        using IncrementalHash plainHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256), storedHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int places = (int)((source.Length - RecordingFormat.HeaderBytes + RecordingFormat.FrameBytes - 1) / RecordingFormat.FrameBytes);
        int expected = plainBytes is { } bytes ? RecordingFormat.Chunks(bytes) : Math.Max(places, 1);
        BitArray found = new(Math.Max(expected, Math.Max(places, 1)));
        _isAsLongAsItWas = plainBytes is { } whole && source.Length == RecordingFormat.StoredBytes(whole);
        await CheckHeaderAsync(storedHash, cancellationToken);
        long content = 0;
        bool hasEnded = false;
        for (int place = 0; place < places; place++)
        {
            int length = await ReadAsync(RecordingFormat.FrameAt(place), _frame, cancellationToken);
            storedHash.AppendData(_frame, 0, length);
            if (hasEnded)
            {
                // What follows is counted once, and named by where it begins.
                if (_faults is not [.., { Kind: ChunkFaultKind.Surplus }]) Add(new ChunkFault(place, ChunkFaultKind.Surplus));
                continue;
            }

            if (Look(place, length, found, ref hasEnded) is { } opened)
            {
                plainHash.AppendData(_plain, 0, opened);
                content += opened;
            }

            if (pace is not null) await pace(length);
        }

        Conclude(places, expected, hasEnded, found);
        return new RecordingVerdict(content, plainHash.GetHashAndReset(), storedHash.GetHashAndReset(), _faults);
    }

    private async Task CheckHeaderAsync(IncrementalHash storedHash, CancellationToken cancellationToken)
    {
        byte[] header = new byte[RecordingFormat.HeaderBytes];
        int length = await ReadAsync(0, header, cancellationToken);
        storedHash.AppendData(header, 0, length);
        if (RecordingFormat.ReadHeader(header.AsSpan(0, length)) != opener.Recording) Add(new ChunkFault(0, ChunkFaultKind.Header));
    }

    /// <returns>How much content the frame has; null when it is not the chunk of its place.</returns>
    private int? Look(int place, int length, BitArray found, ref bool hasEnded)
    {
        int content = length - RecordingFormat.OverheadBytes;
        if (content <= 0)
        {
            Add(new ChunkFault(place, ChunkFaultKind.CutOff));
            return null;
        }

        int says = ChunkOpener.IndexOf(_frame);
        ReadOnlySpan<byte> frame = _frame.AsSpan(0, length);
        bool isLast = opener.TryOpen(says, ChunkKind.Last, frame, _plain.AsSpan(0, content));
        if (!isLast && !opener.TryOpen(says, ChunkKind.Middle, frame, _plain.AsSpan(0, content)))
        {
            Add(new ChunkFault(place, length < RecordingFormat.FrameBytes && !_isAsLongAsItWas ? ChunkFaultKind.CutOff : ChunkFaultKind.Altered));
            return null;
        }

        if (says != place)
        {
            if (_strangers.Count < FaultsMax) _strangers.Add((place, says));
            return null;
        }

        if (says < found.Length) found[says] = true;
        hasEnded = isLast;
        return content;
    }

    private void Conclude(int places, int expected, bool hasEnded, BitArray found)
    {
        foreach ((int place, int chunk) in _strangers)
            Add(new ChunkFault(place, chunk < found.Length && found[chunk] ? ChunkFaultKind.Duplicated : ChunkFaultKind.Moved, chunk));
        for (int chunk = places; chunk < expected; chunk++) Add(new ChunkFault(chunk, ChunkFaultKind.Missing));
        // A last chunk that does not say that it is the last tells that something came behind it.
        if (!hasEnded && places > 0 && places >= expected && found[places - 1]) Add(new ChunkFault(places, ChunkFaultKind.Missing));
        _faults.Sort((one, other) => one.Chunk.CompareTo(other.Chunk));
    }

    private async Task<int> ReadAsync(long offset, byte[] buffer, CancellationToken cancellationToken)
    {
        int read = 0;
        for (int more = 1; more > 0 && read < buffer.Length; read += more)
            more = await source.ReadAsync(offset + read, buffer.AsMemory(read), cancellationToken);
        return read;
    }

    private void Add(ChunkFault fault)
    {
        if (_faults.Count < FaultsMax) _faults.Add(fault);
    }
}

/// <summary>What a recording was found to be.</summary>
/// <param name="PlainBytes">Of the chunks that are in their places.</param>
/// <param name="PlainHash">SHA-256 of the content; of use where there is no fault.</param>
/// <param name="StoredHash">SHA-256 of the file as it is.</param>
/// <param name="Faults">None, or what is wrong, at most <see cref="RecordingVerifier.FaultsMax"/>.</param>
public sealed record RecordingVerdict(long PlainBytes, byte[] PlainHash, byte[] StoredHash, IReadOnlyList<ChunkFault> Faults);
