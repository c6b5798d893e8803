using StepCloud.Api.Recordings.Format;

namespace StepCloud.Tests.Unit.Recordings;

/// <summary>A file in memory, that can be tampered with.</summary>
internal sealed class MemoryFile : IRecordingOutput, IStoredBytes
{
    public byte[] Bytes { get; set; } = [];

    public long Length => Bytes.Length;

    /// <summary>From that length on the disk is full.</summary>
    public long Room { get; init; } = long.MaxValue;

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (offset + bytes.Length > Room) throw new IOException("No space left on device");
        if (Bytes.Length < offset + bytes.Length) Bytes = [.. Bytes, .. new byte[offset + bytes.Length - Bytes.Length]];
        bytes.CopyTo(Bytes.AsMemory((int)offset));
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = (int)Math.Clamp(Bytes.Length - offset, 0, buffer.Length);
        Bytes.AsMemory((int)Math.Min(offset, Bytes.Length), count).CopyTo(buffer);
        return ValueTask.FromResult(count);
    }

    public Memory<byte> Frame(int chunk)
    {
        int from = (int)RecordingFormat.FrameAt(chunk);
        return Bytes.AsMemory(from, Math.Min(RecordingFormat.FrameBytes, Bytes.Length - from));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
