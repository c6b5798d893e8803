using System.Security.Cryptography;
using System.Text;
using StepCloud.Actors.Ports;

namespace StepCloud.Storage.Keys;

/// <summary>An open key of 256 bits that seals, wraps other keys and hashes. Dispose it at the end of the request that opened it: that zeroes it.</summary>
/// <remarks>
/// Sealed, version 1:
/// <code>
/// | version: 1 byte, 1 | nonce: 12 bytes | ciphertext: as long as the secret | tag: 16 bytes |
/// </code>
/// AES-256-GCM (NIST SP 800-38D) under a key that HKDF-SHA-256 (RFC 5869) derives for the purpose; the associated data are the version and the purpose.
/// So what is sealed for one purpose opens for no other, and a random nonce is enough. A purpose names the one thing, such as `case-name:ID`.
/// </remarks>
public sealed class SecretKey : IDisposable
{
    public const int Bytes = 32;

    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int OverheadBytes = 1 + NonceBytes + TagBytes;

    // Pinned, so that the collector leaves no copies behind.
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(Bytes, pinned: true);
    private bool _isDisposed;

    private SecretKey()
    {
    }

    /// <summary>The key itself: for what encrypts in a construction of its own.</summary>
    /// <exception cref="ObjectDisposedException">It is zeroed already.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _key;
        }
    }

    public static SecretKey New()
    {
        SecretKey key = new();
        RandomNumberGenerator.Fill(key._key);
        return key;
    }

    /// <summary>Makes a key of these bytes, and zeroes them.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static SecretKey Take(Span<byte> bytes)
    {
        if (bytes.Length != Bytes) throw new ArgumentException($"A key has {Bytes} bytes, not {bytes.Length}.", nameof(bytes));
        SecretKey key = new();
        bytes.CopyTo(key._key);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    public byte[] Seal(string purpose, ReadOnlySpan<byte> secret)
    {
        byte[] sealedBytes = new byte[OverheadBytes + secret.Length];
        sealedBytes[0] = Version;
        Span<byte> nonce = sealedBytes.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using AesGcm cipher = CipherOf(purpose);
        cipher.Encrypt(nonce, secret, sealedBytes.AsSpan(1 + NonceBytes, secret.Length), sealedBytes.AsSpan(^TagBytes..), AssociatedData(purpose));
        return sealedBytes;
    }

    /// <exception cref="SealBrokenException">It was sealed under another key or for another purpose, or it was altered.</exception>
    public byte[] Open(string purpose, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < OverheadBytes)
            throw new SealBrokenException($"What is sealed as '{purpose}' is cut off: it has {sealedBytes.Length} bytes.");
        if (sealedBytes[0] != Version)
            throw new SealBrokenException($"What is sealed as '{purpose}' has version {sealedBytes[0]}, and this program knows {Version}: run the newer program.");
        byte[] secret = new byte[sealedBytes.Length - OverheadBytes];
        try
        {
            using AesGcm cipher = CipherOf(purpose);
            cipher.Decrypt(sealedBytes.Slice(1, NonceBytes), sealedBytes[(1 + NonceBytes)..^TagBytes], sealedBytes[^TagBytes..], secret, AssociatedData(purpose));
            return secret;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SealBrokenException($"What is sealed as '{purpose}' cannot be opened: it was altered, or stood elsewhere when it was sealed.", e);
        }
    }

    public byte[] Wrap(string purpose, SecretKey key) => Seal(purpose, key.Value);

    /// <exception cref="SealBrokenException">It was wrapped by another key or for another purpose, or it was altered.</exception>
    public SecretKey Unwrap(string purpose, ReadOnlySpan<byte> wrapped)
    {
        byte[] opened = Open(purpose, wrapped);
        return opened.Length == Bytes ? Take(opened) : throw new SealBrokenException($"What is sealed as '{purpose}' is no key.");
    }

    /// <summary>HMAC-SHA-256 under a key derived for the purpose: who has no key can neither make it nor try what it is of.</summary>
    /// <returns>32 bytes.</returns>
    public byte[] Hash(string purpose, ReadOnlySpan<byte> data)
    {
        Span<byte> derived = stackalloc byte[Bytes];
        Derive("hash", purpose, derived);
        try
        {
            return HMACSHA256.HashData(derived, data);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_key);
    }

    private static byte[] AssociatedData(string purpose) => [Version, .. Encoding.UTF8.GetBytes(purpose)];

    private AesGcm CipherOf(string purpose)
    {
        Span<byte> derived = stackalloc byte[Bytes];
        Derive("seal", purpose, derived);
        try
        {
            return new AesGcm(derived, TagBytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private void Derive(string use, string purpose, Span<byte> derived) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Value, derived, salt: [], Encoding.UTF8.GetBytes($"stepcloud key v1 {use}\0{purpose}"));
}
