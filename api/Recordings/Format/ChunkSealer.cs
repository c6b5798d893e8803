using System.Security.Cryptography;
using System.Text;

namespace StepCloud.Api.Recordings.Format;

/// <summary>Seals the frames of one run of writing, each index and kind once. Not for two threads at once.</summary>
public sealed class ChunkSealer : IDisposable
{
    private readonly byte[] _header;
    private readonly ChunkKeys _keys;

    public ChunkSealer(ReadOnlySpan<byte> key, Guid recording)
    {
        _header = RecordingFormat.Header(recording);
        _keys = new ChunkKeys(key, _header, RandomNumberGenerator.GetBytes(RecordingFormat.SaltBytes));
    }

    /// <summary>In place.</summary>
    /// <param name="frame">As long as its content and <see cref="RecordingFormat.OverheadBytes"/>, with the content where the ciphertext comes.</param>
    public void Seal(int index, ChunkKind kind, Span<byte> frame) => _keys.Seal(index, kind, _header, frame);

    /// <summary>A text of the recording, under a salt of its own.</summary>
    public static byte[] SealText(ReadOnlySpan<byte> key, Guid recording, string text)
    {
        byte[] plain = Encoding.UTF8.GetBytes(text);
        byte[] frame = new byte[plain.Length + RecordingFormat.OverheadBytes];
        plain.CopyTo(frame.AsSpan(RecordingFormat.FrameHeaderBytes));
        using ChunkSealer sealer = new(key, recording);
        sealer.Seal(0, ChunkKind.Text, frame);
        return frame;
    }

    public void Dispose() => _keys.Dispose();
}
