using System.Security.Cryptography;
using System.Text.Json;
using StepCloud.Api.Tokens;
using static System.Buffers.Text.Base64Url;

namespace StepCloud.Api.Workflows.Records;

/// <summary>Public keys by their `kid`, as a verifier without a server has them: what `signature-keys.json` or `jwks.json` once answered.</summary>
public sealed class PublishedKeySet
{
    public const int BytesMax = 1024 * 1024;

    /// <summary>P-256 (RFC 7518 §6.2.1.2).</summary>
    private const int CoordinateBytes = 32;

    private static readonly JsonSerializerOptions s_json = new() { AllowDuplicateProperties = false, MaxDepth = 16, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Dictionary<string, PublishedKey> _keys;

    public PublishedKeySet(IEnumerable<PublishedKey> keys) => _keys = keys.ToDictionary(key => key.Key.KeyId, StringComparer.Ordinal);

    public int Count => _keys.Count;

    /// <summary>By `kid`: SubjectPublicKeyInfo in DER.</summary>
    public IReadOnlyDictionary<string, byte[]> Spki => _keys.ToDictionary(pair => pair.Key, pair => pair.Value.Key.ExportSpki(), StringComparer.Ordinal);

    public PublishedKey? Find(string keyId) => _keys.GetValueOrDefault(keyId);

    /// <remarks>Members that we do not know are passed over, as RFC 7517 §4 asks; and keys of other kinds (§5).</remarks>
    /// <exception cref="FormatException">They are not a JWK Set with keys on P-256, each named by its thumbprint. The message says what is wrong.</exception>
    public static PublishedKeySet Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > BytesMax) throw new FormatException($"A set of keys has at most {BytesMax} bytes.");
        try
        {
            List<PublishedKey> keys = [];
            foreach (WrittenKey written in JsonSerializer.Deserialize<WrittenSet>(utf8, s_json)?.Keys ?? throw new FormatException("There is no member 'keys'."))
            {
                if (written is not { Kty: "EC", Crv: "P-256", Kid: { } kid, X: { } x, Y: { } y }) continue;
                SigningKey key = KeyOf(DecodeFromChars(x), DecodeFromChars(y));
                // The name of a key follows from the key: so nobody can put another one under a name that is known.
                if (key.KeyId != kid) throw new FormatException($"The key given as {kid} is another one, {key.KeyId}.");
                if (keys.Exists(other => other.Key.KeyId == kid)) throw new FormatException($"The key {kid} comes twice.");
                keys.Add(new PublishedKey(key, written.SignedFrom, written.RetiredAt, written.RevokedAt));
            }

            return new PublishedKeySet(keys);
        }
        catch (Exception e) when (e is JsonException or CryptographicException)
        {
            throw new FormatException("It is not a set of keys: " + e.Message, e);
        }
    }

    private static SigningKey KeyOf(byte[] x, byte[] y)
    {
        if (x.Length != CoordinateBytes || y.Length != CoordinateBytes) throw new FormatException("A key's coordinates have 32 bytes each.");
        using ECDsa key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });
        return SigningKey.ImportSpki(key.ExportSubjectPublicKeyInfo());
    }

    private sealed record WrittenSet(WrittenKey[]? Keys);

    private sealed record WrittenKey(
        string? Kty, string? Crv, string? Kid, string? X, string? Y, DateTimeOffset? SignedFrom, DateTimeOffset? RetiredAt, DateTimeOffset? RevokedAt);
}

/// <summary>A public key, with what is known of when it signed: nothing, where it came from `jwks.json`.</summary>
public sealed record PublishedKey(SigningKey Key, DateTimeOffset? SignedFrom, DateTimeOffset? RetiredAt, DateTimeOffset? RevokedAt)
{
    /// <summary>What a time of signing says against it; null for nothing. The clocks of two nodes may differ by <see cref="SigningKeyLife.Lag"/>.</summary>
    public string? FaultOfTime(DateTimeOffset signedAt)
    {
        if (signedAt >= RevokedAt) return $"its key was revoked before, at {RevokedAt:u}";
        if (signedAt < SignedFrom - SigningKeyLife.Lag) return $"its key did not sign before {SignedFrom:u}";
        return signedAt > RetiredAt + SigningKeyLife.Lag ? $"its key did not sign after {RetiredAt:u}" : null;
    }
}
