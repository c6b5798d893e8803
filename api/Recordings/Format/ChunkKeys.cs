using System.Buffers.Binary;
using System.Security.Cryptography;

namespace StepCloud.Api.Recordings.Format;

/// <summary>Key and nonces of one run: derived (HKDF-SHA-256, RFC 5869) from the recording's key, the run's salt and the recording's id.</summary>
internal sealed class ChunkKeys : IDisposable
{
    private const int PrefixBytes = 7;
    private const int NonceBytes = PrefixBytes + sizeof(uint) + 1;

    private readonly byte[] _prefix = new byte[PrefixBytes];
    private readonly byte[] _salt;
    private readonly AesGcm _cipher;

    public ChunkKeys(ReadOnlySpan<byte> key, ReadOnlySpan<byte> header, ReadOnlySpan<byte> salt)
    {
        _salt = salt.ToArray();
        Span<byte> derived = stackalloc byte[RecordingFormat.KeyBytes + PrefixBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, salt, [.. "stepcloud recording run v1\0"u8, .. header]);
        _cipher = new AesGcm(derived[..RecordingFormat.KeyBytes], RecordingFormat.TagBytes);
        derived[RecordingFormat.KeyBytes..].CopyTo(_prefix);
        CryptographicOperations.ZeroMemory(derived);
    }

    public ReadOnlySpan<byte> Salt => _salt;

    /// <summary>In place: the frame has its content where the ciphertext comes.</summary>
    public void Seal(int index, ChunkKind kind, ReadOnlySpan<byte> header, Span<byte> frame)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)index);
        _salt.CopyTo(frame[sizeof(uint)..]);
        Span<byte> content = frame[RecordingFormat.FrameHeaderBytes..^RecordingFormat.TagBytes];
        _cipher.Encrypt(Nonce(index, kind, stackalloc byte[NonceBytes]), content, content, frame[^RecordingFormat.TagBytes..], header);
    }

    /// <returns>False when it is not that chunk of that recording, or was altered.</returns>
    public bool TryOpen(int index, ChunkKind kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> frame, Span<byte> plain)
    {
        try
        {
            _cipher.Decrypt(
                Nonce(index, kind, stackalloc byte[NonceBytes]), frame[RecordingFormat.FrameHeaderBytes..^RecordingFormat.TagBytes],
                frame[^RecordingFormat.TagBytes..], plain, header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();

    private Span<byte> Nonce(int index, ChunkKind kind, Span<byte> nonce)
    {
        _prefix.CopyTo(nonce);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[PrefixBytes..], (uint)index);
        nonce[^1] = (byte)kind;
        return nonce;
    }
}
