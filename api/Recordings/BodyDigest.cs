using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace StepCloud.Api.Recordings;

/// <summary>The checksum that a sender gives with a body: `Content-Digest` of RFC 9530, or `Upload-Checksum` of tus.</summary>
internal sealed class BodyDigest(HashAlgorithmName algorithm, byte[] expected) : IDisposable
{
    /// <summary>The names of tus; the best first.</summary>
    public const string TusAlgorithms = "sha256,sha1";

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public bool Holds() => CryptographicOperations.FixedTimeEquals(_hash.GetHashAndReset(), expected);

    public void Dispose() => _hash.Dispose();

    /// <returns>False when one is given that cannot be read. An algorithm that is not known here is passed over, as the RFC wants it.</returns>
    public static bool TryReadContentDigest(StringValues header, out BodyDigest? digest)
    {
        digest = null;
        foreach (string member in header.SelectMany(value => value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []))
        {
            if (!member.StartsWith("sha-256=", StringComparison.OrdinalIgnoreCase)) continue;
            if (member["sha-256=".Length..] is not [':', .. var text, ':'] || Read(text, SHA256.HashSizeInBytes) is not { } hash) return false;
            digest = new BodyDigest(HashAlgorithmName.SHA256, hash);
        }

        return true;
    }

    /// <returns>False when one is given that cannot be read, or by an algorithm that is not offered.</returns>
    public static bool TryReadUploadChecksum(StringValues header, out BodyDigest? digest)
    {
        digest = null;
        if (header.Count == 0) return true;
        (HashAlgorithmName algorithm, byte[]? hash) = header.ToString().Split(' ') switch
        {
            ["sha256", var text] => (HashAlgorithmName.SHA256, Read(text, SHA256.HashSizeInBytes)),
            ["sha1", var text] => (HashAlgorithmName.SHA1, Read(text, SHA1.HashSizeInBytes)),
            _ => (HashAlgorithmName.SHA256, null),
        };
        if (hash is not null) digest = new BodyDigest(algorithm, hash);
        return hash is not null;
    }

    private static byte[]? Read(string text, int bytes)
    {
        byte[] hash = new byte[bytes];
        return Convert.TryFromBase64String(text, hash, out int written) && written == bytes ? hash : null;
    }
}
