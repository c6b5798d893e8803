using System.Security.Cryptography;
using System.Text;
using StepCloud.Actors.Ports;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>The one secret that is not in the database: 256 bits under which every secret in it is sealed. Safe for any number of threads.</summary>
/// <remarks>
/// Each purpose has a key of its own, derived by HKDF (RFC 5869). So a random nonce is enough: it would take 2^32 seals for one purpose
/// before two of them are likely to meet (NIST SP 800-38D §8.3). A purpose names the one thing that is sealed, such as `signing-key:KID`.
/// </remarks>
public sealed class MasterKey
{
    public const int Bytes = 32;

    private readonly byte[] _key;
    private readonly byte[] _id;

    /// <exception cref="ArgumentException">Not 32 bytes, or all of them the same.</exception>
    public MasterKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != Bytes)
            throw new ArgumentException($"A master key has {Bytes} bytes, not {key.Length}.", nameof(key));
        if (!key.ContainsAnyExcept(key[0]))
            throw new ArgumentException("A master key is random, and all bytes of this one are the same.", nameof(key));
        _key = key.ToArray();
        _id = Derive("stepcloud master key id v1"u8, SealedBytes.KeyIdBytes);
    }

    /// <summary>Tells keys apart without telling them: 16 hexadecimal digits.</summary>
    public string Id => Convert.ToHexStringLower(_id);

    /// <summary>Reads base64 of 32 bytes; white space around it does not count.</summary>
    /// <returns>Null when it is anything else.</returns>
    public static MasterKey? Parse(string text)
    {
        Span<byte> key = stackalloc byte[Bytes];
        try
        {
            // One byte more or less, or 32 bytes all the same: not a key.
            return Convert.TryFromBase64String(text.Trim(), key, out int written) && written == Bytes && key.ContainsAnyExcept(key[0])
                ? new MasterKey(key)
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>A new key, as <see cref="Parse"/> reads it.</summary>
    public static string NewText() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The key itself, as <see cref="Parse"/> reads it: for the copy that somebody asks for, and for nothing else.</summary>
    internal string ExportText() => Convert.ToBase64String(_key);

    /// <summary>Seals a secret as <see cref="SealedBytes"/> describes. It opens under this key and this purpose only.</summary>
    public byte[] Seal(string purpose, ReadOnlySpan<byte> secret)
    {
        SealedBytes layout = SealedBytes.Create(_id, secret.Length, out byte[] sealedBytes);
        RandomNumberGenerator.Fill(layout.Nonce);
        using AesGcm cipher = CipherOf(purpose);
        cipher.Encrypt(layout.Nonce, secret, layout.Ciphertext, layout.Tag, AssociatedData(layout, purpose));
        return sealedBytes;
    }

    /// <exception cref="SealBrokenException">It was sealed under another key or for another purpose, or it was altered.</exception>
    public byte[] Open(string purpose, byte[] sealedBytes)
    {
        SealedBytes layout = SealedBytes.Parse(sealedBytes, purpose);
        if (!layout.KeyId.SequenceEqual(_id))
        {
            throw new SealBrokenException(
                $"The secret '{purpose}' was sealed under the master key {Convert.ToHexStringLower(layout.KeyId)}, and this one is {Id}.");
        }

        byte[] secret = new byte[layout.Ciphertext.Length];
        try
        {
            using AesGcm cipher = CipherOf(purpose);
            cipher.Decrypt(layout.Nonce, layout.Ciphertext, layout.Tag, secret, AssociatedData(layout, purpose));
            return secret;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SealBrokenException($"The secret '{purpose}' cannot be opened: it was altered, or stood elsewhere when it was sealed.", e);
        }
    }

    private static byte[] AssociatedData(SealedBytes layout, string purpose) => [.. layout.Header, .. Encoding.UTF8.GetBytes(purpose)];

    private AesGcm CipherOf(string purpose)
    {
        byte[] key = Derive([.. "stepcloud seal v1\0"u8, .. Encoding.UTF8.GetBytes(purpose)], Bytes);
        try
        {
            return new AesGcm(key, SealedBytes.TagBytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // The two uses cannot meet: what follows "stepcloud " differs.
    private byte[] Derive(ReadOnlySpan<byte> info, int bytes)
    {
        byte[] derived = new byte[bytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, derived, salt: [], info);
        return derived;
    }
}
