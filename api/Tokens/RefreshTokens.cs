using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Tokens;

/// <summary>Refresh tokens: opaque, 256 bits, 43 characters of base64url; and of sessions a proof behind a dot, 54 more (docs/adr/0016).</summary>
public sealed class RefreshTokens : IRefreshTokens
{
    /// <summary>Bytes of the server's secret: as many as the HMAC gives out (RFC 2104 §3).</summary>
    public const int SecretBytes = 32;

    private const int TokenBytes = 32;

    /// <summary>Between the token and its proof: none of base64url's letters.</summary>
    private const char ProofMark = '.';

    private const int SessionBytes = 16;

    /// <summary>The session, and microseconds since 1970.</summary>
    private const int ClaimBytes = SessionBytes + 8;

    /// <summary>Half of the HMAC, the least that RFC 2104 §5 allows.</summary>
    private const int TagBytes = 16;

    private const int ProofBytes = ClaimBytes + TagBytes;

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

    private static ReadOnlySpan<byte> ProofLabel => "stepcloud refresh token proof v1\0"u8;

    public string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    public string Successor(string token)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        hmac.AppendData(SuccessorLabel);
        hmac.AppendData(Encoding.UTF8.GetBytes(token));
        return Base64Url.EncodeToString(hmac.GetHashAndReset());
    }

    public string WithProof(string token, SessionId session, DateTimeOffset issuedAt)
    {
        Span<byte> proof = stackalloc byte[ProofBytes];
        session.Value.TryWriteBytes(proof, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(proof[SessionBytes..], (issuedAt.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);
        Tag(token, proof[..ClaimBytes]).AsSpan(0, TagBytes).CopyTo(proof[ClaimBytes..]);
        return $"{token}{ProofMark}{Base64Url.EncodeToString(proof)}";
    }

    public TokenProof? ReadProof(string token)
    {
        int mark = token.IndexOf(ProofMark, StringComparison.Ordinal);
        if (mark < 0 || StrictBase64Url.Decode(token.AsSpan(mark + 1)) is not { Length: ProofBytes } decoded) return null;
        ReadOnlySpan<byte> proof = decoded;
        if (!CryptographicOperations.FixedTimeEquals(Tag(token[..mark], proof[..ClaimBytes]).AsSpan(0, TagBytes), proof[ClaimBytes..])) return null;
        // What has the right tag was written by us, so the time is one.
        return new TokenProof(
            new SessionId(new Guid(proof[..SessionBytes], bigEndian: true)),
            DateTimeOffset.UnixEpoch.AddTicks(BinaryPrimitives.ReadInt64BigEndian(proof[SessionBytes..]) * TimeSpan.TicksPerMicrosecond));
    }

    private byte[] Tag(string token, ReadOnlySpan<byte> claim)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _secret);
        hmac.AppendData(ProofLabel);
        hmac.AppendData(claim);
        hmac.AppendData(Encoding.UTF8.GetBytes(token));
        return hmac.GetHashAndReset();
    }

    /// <remarks>
    /// Over the text as it came, not over what it decodes to: two spellings of one value are two tokens, and one was never issued.
    /// </remarks>
    public byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
