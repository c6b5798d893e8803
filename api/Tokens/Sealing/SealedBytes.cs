using StepCloud.Actors.Ports;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>
/// A sealed secret as it lies in the database, version 1:
/// <code>
/// | version: 1 byte, 1 | master key id: 8 bytes | nonce: 12 bytes | ciphertext: as long as the secret | tag: 16 bytes |
/// </code>
/// AES-256-GCM (NIST SP 800-38D). The associated data are the version, the key id and the purpose, so a sealed secret can neither be opened
/// as something else nor be moved to another row.
/// </summary>
/// <remarks>The views are of the bytes that were parsed.</remarks>
internal readonly ref struct SealedBytes
{
    public const byte Version = 1;
    public const int KeyIdBytes = 8;
    public const int NonceBytes = 12;
    public const int TagBytes = 16;

    /// <summary>Version and key id: what the associated data begin with.</summary>
    public const int HeaderBytes = 1 + KeyIdBytes;

    private const int OverheadBytes = HeaderBytes + NonceBytes + TagBytes;

    private readonly Span<byte> _bytes;

    private SealedBytes(Span<byte> bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Header => _bytes[..HeaderBytes];

    public ReadOnlySpan<byte> KeyId => _bytes[1..HeaderBytes];

    public Span<byte> Nonce => _bytes.Slice(HeaderBytes, NonceBytes);

    public Span<byte> Ciphertext => _bytes[(HeaderBytes + NonceBytes)..^TagBytes];

    public Span<byte> Tag => _bytes[^TagBytes..];

    /// <summary>Lays out room for a secret of that length; nonce, ciphertext and tag are yet to be written.</summary>
    public static SealedBytes Create(ReadOnlySpan<byte> keyId, int secretBytes, out byte[] bytes)
    {
        bytes = new byte[OverheadBytes + secretBytes];
        bytes[0] = Version;
        keyId.CopyTo(bytes.AsSpan(1, KeyIdBytes));
        return new SealedBytes(bytes);
    }

    /// <exception cref="SealBrokenException">It is too short, or of a version that this program does not know.</exception>
    public static SealedBytes Parse(byte[] bytes, string purpose)
    {
        if (bytes.Length < OverheadBytes)
            throw new SealBrokenException($"The sealed secret '{purpose}' is cut off: it has {bytes.Length} bytes.");
        if (bytes[0] != Version)
            throw new SealBrokenException($"The sealed secret '{purpose}' has version {bytes[0]}, and this program knows {Version}: run the newer program.");
        return new SealedBytes(bytes);
    }
}
