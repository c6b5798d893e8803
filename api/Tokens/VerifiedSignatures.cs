using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace StepCloud.Api.Tokens;

/// <summary>
/// Remembers which signatures were found good, since a token is checked at every request and its signature is nearly all of what that costs.
/// Nothing else is remembered: key, times and audience are looked at each time.
/// </summary>
/// <remarks>
/// What is remembered is SHA-256 over the whole token, and the very key that verified it; so another signature, or another key under the same
/// name, is verified. Two generations of a bounded number: who sends many tokens costs others a verification, and no memory.
/// </remarks>
internal sealed class VerifiedSignatures
{
    public const int GenerationMax = 10_000;

    private volatile ConcurrentDictionary<Digest, SigningKey> _young = new();
    private volatile ConcurrentDictionary<Digest, SigningKey> _old = new();

    public bool Verify(SigningKey key, CompactJws jws)
    {
        // Of one length, so that what stands before and behind the cut cannot be cut elsewhere.
        if (jws.Signature.Length != SigningKey.SignatureBytes) return false;
        Digest digest = Digest.Of(jws);
        if (_young.TryGetValue(digest, out SigningKey? by) && by == key) return true;
        bool isKnown = _old.TryGetValue(digest, out by) && by == key;
        if (!isKnown && !key.Verify(jws.SigningInput, jws.Signature)) return false;

        ConcurrentDictionary<Digest, SigningKey> young = _young;
        young[digest] = key;
        if (young.Count >= GenerationMax && Interlocked.CompareExchange(ref _young, new ConcurrentDictionary<Digest, SigningKey>(), young) == young) _old = young;
        return true;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Digest(UInt128 First, UInt128 Second)
    {
        public static Digest Of(CompactJws jws)
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(jws.Signature);
            hash.AppendData(jws.SigningInput);
            Span<byte> bytes = stackalloc byte[32];
            hash.GetHashAndReset(bytes);
            return new Digest(BitConverter.ToUInt128(bytes), BitConverter.ToUInt128(bytes[16..]));
        }
    }
}
