using System.Buffers.Binary;
using System.Text;

namespace StepCloud.Api.Recordings.Format;

/// <summary>Opens the frames of one recording. Not for two threads at once.</summary>
public sealed class ChunkOpener(ReadOnlySpan<byte> key, Guid recording) : IDisposable
{
    private readonly byte[] _key = key.ToArray();
    private readonly byte[] _header = RecordingFormat.Header(recording);

    // As a rule a recording was written in one run.
    private ChunkKeys? _keys;

    public Guid Recording { get; } = recording;

    /// <returns>False when it is not that chunk, or was altered.</returns>
    /// <param name="plain">As long as the content; may lie over the ciphertext.</param>
    public bool TryOpen(int index, ChunkKind kind, ReadOnlySpan<byte> frame, Span<byte> plain)
    {
        ReadOnlySpan<byte> salt = frame.Slice(sizeof(uint), RecordingFormat.SaltBytes);
        if (_keys is null || !_keys.Salt.SequenceEqual(salt))
        {
            _keys?.Dispose();
            _keys = new ChunkKeys(_key, _header, salt);
        }

        return IndexOf(frame) == index && _keys.TryOpen(index, kind, _header, frame, plain);
    }

    /// <summary>Which chunk a frame says that it is. Only a frame that opens says the truth.</summary>
    public static int IndexOf(ReadOnlySpan<byte> frame) => (int)BinaryPrimitives.ReadUInt32BigEndian(frame);

    /// <returns>Null when it cannot be opened.</returns>
    public string? OpenText(byte[] frame)
    {
        if (frame.Length < RecordingFormat.OverheadBytes) return null;
        byte[] plain = new byte[frame.Length - RecordingFormat.OverheadBytes];
        return TryOpen(0, ChunkKind.Text, frame, plain) ? Encoding.UTF8.GetString(plain) : null;
    }

    public void Dispose()
    {
        _keys?.Dispose();
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(_key);
    }
}
