using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using StepCloud.Actors.Ports;

namespace StepCloud.Api.Tokens;

/// <summary>Refresh tokens: opaque, 256 bits, 43 characters of base64url.</summary>
public sealed class RefreshTokens : IRefreshTokens
{
    /// <summary>Bytes of the server's secret: as many as the HMAC gives out (RFC 2104 §3).</summary>
    public const int SecretBytes = 32;

    private const int TokenBytes = 32;

    private readonly byte[] _secret;

    /// <param name="secret">32 random bytes, the same on every node and after every start: a retry must get the same successor.</param>
    public RefreshTokens(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretBytes)
            throw new ArgumentException($"The secret must have {SecretBytes} bytes, not {secret.Length}.", nameof(secret));
        _secret = secret.ToArray();
    }

    /// <summary>
    /// What the secret is used for here. Ends on a byte that no token has, so that label and token cannot run into each other.
    /// </summary>
    private static ReadOnlySpan<byte> SuccessorLabel => "stepcloud refresh token successor v1\0"u8;

    public string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    public string Successor(string token)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        hmac.AppendData(SuccessorLabel);
        hmac.AppendData(Encoding.UTF8.GetBytes(token));
        return Base64Url.EncodeToString(hmac.GetHashAndReset());
    }

    /// <remarks>
    /// Over the text as it came, not over what it decodes to: two spellings of one value are two tokens, and one was never issued.
    /// </remarks>
    public byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
