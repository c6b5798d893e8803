using System.Buffers.Binary;

namespace StepCloud.Api.Recordings.Format;

/// <summary>
/// A recording as it lies on a disk, version 1: a header, and behind it frames of the same length, of which only the last may be shorter.
/// <code>
/// header: | "SCREC\r\n\x1A": 8 | version: 1 | zero: 3 | plain bytes of a chunk: 4, big-endian | id of the recording: 16, big-endian |
/// frame:  | index: 4, big-endian | salt of the run: 16 | ciphertext | tag: 16 |
/// </code>
/// </summary>
/// <remarks>
/// Each frame is one AES-256-GCM message of the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): its nonce is a prefix, its index and what
/// kind it is, the header is its associated data. Key and prefix are derived from the recording's own key and a salt that is new for each run of writing, so
/// a run that is begun again after a crash cannot seal other content under a nonce that was used. docs/SECURITY.md has the rest.
/// </remarks>
public static class RecordingFormat
{
    public const int KeyBytes = 32;

    public const int HeaderBytes = 32;

    /// <summary>Of plain content in each frame but the last.</summary>
    public const int ChunkBytes = 64 * 1024;

    public const int SaltBytes = 16;
    public const int TagBytes = 16;
    public const int FrameHeaderBytes = sizeof(uint) + SaltBytes;

    /// <summary>What a frame has beside its content.</summary>
    public const int OverheadBytes = FrameHeaderBytes + TagBytes;

    public const int FrameBytes = ChunkBytes + OverheadBytes;

    private const byte Version = 1;

    private const int VersionAt = 8, ChunkBytesAt = 12, IdAt = 16;

    private static ReadOnlySpan<byte> Magic => "SCREC\r\n\x1A"u8;

    public static byte[] Header(Guid recording)
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        header[VersionAt] = Version;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(ChunkBytesAt), ChunkBytes);
        recording.TryWriteBytes(header.AsSpan(IdAt), bigEndian: true, out _);
        return header;
    }

    /// <returns>The id that the header of some recording names; null when it is no header of this version.</returns>
    public static Guid? ReadHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderBytes) return null;
        Guid recording = new(header.Slice(IdAt, 16), bigEndian: true);
        return header[..HeaderBytes].SequenceEqual(Header(recording)) ? recording : null;
    }

    /// <summary>How many frames so much content has: one at least.</summary>
    public static int Chunks(long plainBytes) => (int)Math.Max(1, (plainBytes + ChunkBytes - 1) / ChunkBytes);

    /// <summary>How long a file is with so much content.</summary>
    public static long StoredBytes(long plainBytes) => HeaderBytes + plainBytes + ((long)Chunks(plainBytes) * OverheadBytes);

    /// <summary>Where a frame begins in the file.</summary>
    public static long FrameAt(int chunk) => HeaderBytes + ((long)chunk * FrameBytes);

    /// <summary>Where in the file the frames of a range of content begin, and where they end at the latest.</summary>
    public static (long From, long Until) FramesOf(long from, long count) =>
        (FrameAt((int)(from / ChunkBytes)), FrameAt((int)((from + Math.Max(count, 1) - 1) / ChunkBytes) + 1));
}
