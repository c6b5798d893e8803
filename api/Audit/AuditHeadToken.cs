using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>A head of the audit as a signed text: a compact JWS (RFC 7515 §7.1), ES256, of a type that no access token has (RFC 8725 §3.11).</summary>
public static class AuditHeadToken
{
    public const string Type = "audit-head+jwt";

    /// <summary>What `chain` says of the one that belongs to no organization.</summary>
    public const string InstallationChain = "installation";

    internal static AuditHead Sign(AuditChain chain, string issuer, SigningKey key, DateTimeOffset now)
    {
        long issuedAt = now.ToUnixTimeSeconds();
        TokenHeader header = new() { Algorithm = SigningKey.Algorithm, Type = Type, KeyId = key.KeyId };
        AuditHeadClaims claims = new()
        {
            Issuer = issuer,
            Chain = chain.Organization?.ToString() ?? InstallationChain,
            Sequence = chain.Sequence,
            Hash = Convert.ToHexStringLower(chain.Hash),
            IssuedAt = issuedAt,
        };
        string jws = CompactJws.Sign(
            JsonSerializer.SerializeToUtf8Bytes(header, TokenJson.Default.TokenHeader),
            JsonSerializer.SerializeToUtf8Bytes(claims, AuditHeadJson.Default.AuditHeadClaims),
            key);
        return new AuditHead(chain.Organization, chain.Sequence, chain.Hash, DateTimeOffset.FromUnixTimeSeconds(issuedAt), key.KeyId, jws);
    }

    /// <summary>What a signed text says, whoever has signed it; null when it is no head.</summary>
    public static AuditHead? Read(string jws)
    {
        try
        {
            if (CompactJws.Parse(jws) is not { } parsed) return null;
            TokenHeader? header = JsonSerializer.Deserialize(parsed.Header, TokenJson.Default.TokenHeader);
            AuditHeadClaims? claims = JsonSerializer.Deserialize(parsed.Payload, AuditHeadJson.Default.AuditHeadClaims);
            if (header is not { Algorithm: SigningKey.Algorithm, Type: Type, KeyId: { } keyId } || claims is null) return null;
            if (header.Others?.ContainsKey("crit") == true) return null;
            OrganizationId organization = default;
            if (claims.Chain != InstallationChain && !OrganizationId.TryParse(claims.Chain, null, out organization)) return null;
            return new AuditHead(
                claims.Chain == InstallationChain ? null : organization, claims.Sequence, Convert.FromHexString(claims.Hash),
                DateTimeOffset.FromUnixTimeSeconds(claims.IssuedAt), keyId, jws);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a stored head by itself; null when it says what was signed, and one of the keys has signed it.</summary>
    /// <param name="publicKeys">By `kid`: SubjectPublicKeyInfo in DER.</param>
    public static string? FaultOf(AuditHead head, IReadOnlyDictionary<string, byte[]> publicKeys)
    {
        if (Read(head.Jws) is not { } signed) return "its signed text cannot be read";
        bool saysTheSame = signed.Organization == head.Organization && signed.Sequence == head.Sequence && signed.SignedAt == head.SignedAt
            && signed.KeyId == head.KeyId && signed.Hash.AsSpan().SequenceEqual(head.Hash);
        if (!saysTheSame) return "its row says something else than its signed text";
        if (!publicKeys.TryGetValue(head.KeyId, out byte[]? spki)) return $"the installation has no key {head.KeyId}";
        CompactJws jws = CompactJws.Parse(head.Jws)!.Value;
        try
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(spki, out _);
            // The name of a key follows from the key: so nobody can put another one under a name that is known outside.
            if (JsonWebKey.Of(key.ExportParameters(includePrivateParameters: false).Q).KeyId != head.KeyId)
                return $"the key stored as {head.KeyId} is another one";
            return key.VerifyData(
                jws.SigningInput, jws.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                ? null
                : "its signature is wrong";
        }
        catch (CryptographicException)
        {
            return $"the key stored as {head.KeyId} is damaged";
        }
    }
}

internal sealed record AuditHeadClaims
{
    [JsonPropertyName("iss")]
    public required string Issuer { get; init; }

    /// <summary>The organization's id, or <see cref="AuditHeadToken.InstallationChain"/>.</summary>
    [JsonPropertyName("chain")]
    public required string Chain { get; init; }

    [JsonPropertyName("sequence")]
    public required long Sequence { get; init; }

    /// <summary>Of the entry with that sequence, in hexadecimal.</summary>
    [JsonPropertyName("hash")]
    public required string Hash { get; init; }

    [JsonPropertyName("iat")]
    public required long IssuedAt { get; init; }
}

[JsonSourceGenerationOptions(AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 8)]
[JsonSerializable(typeof(AuditHeadClaims))]
internal sealed partial class AuditHeadJson : JsonSerializerContext;
