using System.Collections.Concurrent;

namespace StepCloud.Api.Recordings.Format;

/// <summary>Room for some frames at once, used again and again: what is written and read has one length, which no shared pool has.</summary>
internal static class FrameBuffers
{
    /// <summary>Enough that a disk is asked seldom, few enough that sixteen uploads stay small.</summary>
    public const int Frames = 4;

    public const int PlainBytes = Frames * RecordingFormat.ChunkBytes;

    /// <summary>Kept for the next one; more are left to the collector.</summary>
    private const int KeptMax = 64;

    private static readonly ConcurrentBag<byte[]> Kept = [];

    public static byte[] Rent() => Kept.TryTake(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(Frames * RecordingFormat.FrameBytes, pinned: true);

    public static void Return(byte[] buffer)
    {
        if (Kept.Count < KeptMax) Kept.Add(buffer);
    }
}
