using System.Security.Cryptography;
using StepCloud.Api.Recordings.Format;

namespace StepCloud.Tests.Unit.Recordings;

/// <summary>A recording in memory, with its key.</summary>
internal sealed class SampleRecording
{
    public Guid Id { get; } = Guid.CreateVersion7();

    public byte[] Key { get; } = RandomNumberGenerator.GetBytes(RecordingFormat.KeyBytes);

    public MemoryFile File { get; init; } = new();

    public byte[] Content { get; private set; } = [];

    public static async Task<SampleRecording> OfAsync(int bytes)
    {
        SampleRecording sample = new() { Content = RandomNumberGenerator.GetBytes(bytes) };
        await using RecordingWriter writer = new(sample.Key, sample.Id, sample.File);
        await WriteAsync(writer, sample.Content);
        await writer.CompleteAsync(CancellationToken.None);
        return sample;
    }

    /// <summary>In several runs, each of which begins where the one before has ended.</summary>
    public static async Task<SampleRecording> InRunsAsync(byte[] content, IReadOnlyList<int> ends)
    {
        SampleRecording sample = new() { Content = content };
        byte[]? tail = null;
        int at = 0;
        foreach (int end in ends)
        {
            await using RecordingWriter run = RecordingWriter.Resume(sample.Key, sample.Id, sample.File, at, tail);
            await WriteAsync(run, content.AsMemory(at, end - at));
            tail = await run.SuspendAsync(CancellationToken.None);
            at = end;
        }

        await using RecordingWriter last = RecordingWriter.Resume(sample.Key, sample.Id, sample.File, at, tail);
        await WriteAsync(last, content.AsMemory(at));
        await last.CompleteAsync(CancellationToken.None);
        return sample;
    }

    public static async Task WriteAsync(RecordingWriter writer, ReadOnlyMemory<byte> content, int pieceMax = int.MaxValue)
    {
        while (content.Length > 0)
        {
            Memory<byte> room = writer.Room;
            int count = Math.Min(Math.Min(room.Length, content.Length), pieceMax);
            content[..count].CopyTo(room);
            await writer.AdvanceAsync(count, CancellationToken.None);
            content = content[count..];
        }
    }

    public async Task<byte[]> ReadAsync(long from, long count)
    {
        using ChunkOpener opener = new(Key, Id);
        using MemoryStream read = new();
        await new RecordingReader(opener, File, Content.Length).CopyAsync(from, count, piece => read.WriteAsync(piece), CancellationToken.None);
        return read.ToArray();
    }

    /// <param name="isLengthKnown">Or only the file can tell how much there should be.</param>
    public async Task<RecordingVerdict> VerifyAsync(bool isLengthKnown = true)
    {
        using ChunkOpener opener = new(Key, Id);
        return await new RecordingVerifier(opener, File).VerifyAsync(isLengthKnown ? Content.Length : null, null, CancellationToken.None);
    }
}
