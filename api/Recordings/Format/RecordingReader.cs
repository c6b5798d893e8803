namespace StepCloud.Api.Recordings.Format;

/// <summary>Reads any range of a recording; the next frames are read and opened while the caller deals with the last.</summary>
public sealed class RecordingReader(ChunkOpener opener, IStoredBytes source, long plainBytes)
{
    /// <summary>Reads a range and gives it piece by piece, in constant memory.</summary>
    /// <param name="sink">Deals with a piece, which is its own until it returns.</param>
    /// <exception cref="RecordingBrokenException">What is stored is not what was written. Nothing of the chunk was given.</exception>
    public async Task CopyAsync(long from, long count, Func<ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, plainBytes - from);
        if (count == 0) return;
        int next = (int)(from / RecordingFormat.ChunkBytes), end = (int)((from + count - 1) / RecordingFormat.ChunkBytes) + 1;
        byte[] current = FrameBuffers.Rent(), ahead = FrameBuffers.Rent();
        Task<int> reading = ReadAsync(current, next, end, cancellationToken);
        try
        {
            while (next < end)
            {
                int first = next;
                next += await reading;
                if (next < end)
                {
                    (byte[] buffer, int begin) = (ahead, next);
                    reading = Task.Run(() => ReadAsync(buffer, begin, end, cancellationToken), cancellationToken);
                }

                for (int chunk = first; chunk < next; chunk++)
                {
                    long chunkAt = (long)chunk * RecordingFormat.ChunkBytes;
                    int skip = (int)Math.Max(0, from - chunkAt), until = (int)Math.Min(LengthOf(chunk), from + count - chunkAt);
                    await sink(current.AsMemory(((chunk - first) * RecordingFormat.FrameBytes) + RecordingFormat.FrameHeaderBytes + skip, until - skip));
                }

                (current, ahead) = (ahead, current);
            }
        }
        finally
        {
            // The buffers are nobody else's before the reading ahead has let go of them.
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            FrameBuffers.Return(current);
            FrameBuffers.Return(ahead);
        }
    }

    /// <returns>How many frames were read and opened, each in its place.</returns>
    private async Task<int> ReadAsync(byte[] buffer, int first, int end, CancellationToken cancellationToken)
    {
        int count = Math.Min(FrameBuffers.Frames, end - first);
        int length = 0;
        for (int chunk = first; chunk < first + count; chunk++) length += LengthOf(chunk) + RecordingFormat.OverheadBytes;
        int read = 0;
        while (read < length)
        {
            int more = await source.ReadAsync(RecordingFormat.FrameAt(first) + read, buffer.AsMemory(read, length - read), cancellationToken);
            if (more == 0) throw new RecordingBrokenException(opener.Recording, new ChunkFault(first + (read / RecordingFormat.FrameBytes), ChunkFaultKind.CutOff));
            read += more;
        }

        int last = RecordingFormat.Chunks(plainBytes) - 1;
        for (int i = 0; i < count; i++)
        {
            Span<byte> frame = buffer.AsSpan(i * RecordingFormat.FrameBytes, LengthOf(first + i) + RecordingFormat.OverheadBytes);
            Span<byte> plain = frame[RecordingFormat.FrameHeaderBytes..^RecordingFormat.TagBytes];
            if (!opener.TryOpen(first + i, first + i == last ? ChunkKind.Last : ChunkKind.Middle, frame, plain))
                throw new RecordingBrokenException(opener.Recording, new ChunkFault(first + i, ChunkFaultKind.Altered));
        }

        return count;
    }

    private int LengthOf(int chunk) => (int)Math.Min(RecordingFormat.ChunkBytes, plainBytes - ((long)chunk * RecordingFormat.ChunkBytes));
}
