using System.Text.Json;
using System.Text.Json.Serialization;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Api.Workflows.Records;

/// <summary>
/// Somebody's signature as a signed text: a compact JWS (RFC 7515 §7.1), ES256, of a type that no access token has (RFC 8725 §3.11). The
/// installation signs it, which has seen the signer's password.
/// </summary>
public static class SignatureToken
{
    public const string Type = "stepcloud-signature+jwt";

    /// <exception cref="ArgumentException">The time is not in whole seconds.</exception>
    public static string Sign(SignatureFacts facts, string issuer, SigningKey key)
    {
        long issuedAt = facts.SignedAt.ToUnixTimeSeconds();
        if (DateTimeOffset.FromUnixTimeSeconds(issuedAt) != facts.SignedAt)
            throw new ArgumentException("A signature's time is in whole seconds, as its signed text has it.", nameof(facts));
        TokenHeader header = new() { Algorithm = SigningKey.Algorithm, Type = Type, KeyId = key.KeyId };
        SignatureClaims claims = new()
        {
            Issuer = issuer,
            Subject = facts.User.Value,
            Name = facts.UserName,
            Organization = facts.Organization.Value,
            SubjectKind = facts.SubjectKind,
            SubjectId = facts.SubjectId,
            SubjectNumber = facts.SubjectNumber,
            Meaning = facts.Meaning,
            SecondFactor = facts.SecondFactor,
            Comment = facts.Comment,
            IssuedAt = issuedAt,
            TokenId = facts.Id.Value,
            RecordSha256 = Convert.ToHexStringLower(facts.RecordHash),
            ChartsSha256 = facts.ChartsHash is { } charts ? Convert.ToHexStringLower(charts) : null,
        };
        return CompactJws.Sign(
            JsonSerializer.SerializeToUtf8Bytes(header, TokenJson.Default.TokenHeader),
            JsonSerializer.SerializeToUtf8Bytes(claims, SignatureJson.Default.SignatureClaims),
            key);
    }

    /// <summary>What a signed text says, whoever has signed it; null when it is no signature.</summary>
    public static ReadSignature? Read(string jws)
    {
        try
        {
            if (CompactJws.Parse(jws) is not { } parsed) return null;
            TokenHeader? header = JsonSerializer.Deserialize(parsed.Header, TokenJson.Default.TokenHeader);
            SignatureClaims? claims = JsonSerializer.Deserialize(parsed.Payload, SignatureJson.Default.SignatureClaims);
            if (header is not { Algorithm: SigningKey.Algorithm, Type: Type, KeyId: { } keyId } || claims is null) return null;
            if (header.Others?.ContainsKey("crit") == true) return null;
            SignatureFacts facts = new(
                new SignatureId(claims.TokenId), new OrganizationId(claims.Organization), claims.SubjectKind, claims.SubjectId, claims.SubjectNumber,
                claims.Meaning, new UserId(claims.Subject), claims.Name, claims.SecondFactor, claims.Comment,
                DateTimeOffset.FromUnixTimeSeconds(claims.IssuedAt), Convert.FromHexString(claims.RecordSha256),
                claims.ChartsSha256 is { } charts ? Convert.FromHexString(charts) : null);
            return new ReadSignature(facts, claims.Issuer, keyId);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a stored signature by itself; null when it says what was signed, and one of the keys has signed it.</summary>
    public static string? FaultOf(SignatureFacts row, string jws, PublishedKeySet keys)
    {
        if (Read(jws) is not { } signed) return "its signed text cannot be read";
        if (!signed.Facts.SaysTheSameAs(row)) return "its row says something else than its signed text";
        if (keys.Find(signed.KeyId) is not { } key) return $"there is no key {signed.KeyId} among those given";
        CompactJws parsed = CompactJws.Parse(jws)!.Value;
        return key.Key.Verify(parsed.SigningInput, parsed.Signature) ? key.FaultOfTime(row.SignedAt) : "it was not made by the key that it names";
    }
}

/// <summary>What a signed text says.</summary>
/// <param name="Issuer">The installation.</param>
/// <param name="KeyId">Of the key that is said to have signed it.</param>
public sealed record ReadSignature(SignatureFacts Facts, string Issuer, string KeyId);

internal sealed record SignatureClaims
{
    [JsonPropertyName("iss")]
    public required string Issuer { get; init; }

    /// <summary>The user.</summary>
    [JsonPropertyName("sub")]
    public required Guid Subject { get; init; }

    [JsonPropertyName("name")]
    public required string Name { get; init; }

    [JsonPropertyName("organization")]
    public required Guid Organization { get; init; }

    [JsonPropertyName("subject_kind")]
    public required string SubjectKind { get; init; }

    [JsonPropertyName("subject_id")]
    public required Guid SubjectId { get; init; }

    [JsonPropertyName("subject_number")]
    public int? SubjectNumber { get; init; }

    [JsonPropertyName("meaning")]
    public required string Meaning { get; init; }

    [JsonPropertyName("second_factor")]
    public required bool SecondFactor { get; init; }

    [JsonPropertyName("comment")]
    public string? Comment { get; init; }

    [JsonPropertyName("iat")]
    public required long IssuedAt { get; init; }

    /// <summary>The signature's id.</summary>
    [JsonPropertyName("jti")]
    public required Guid TokenId { get; init; }

    /// <summary>In hexadecimal.</summary>
    [JsonPropertyName("record_sha256")]
    public required string RecordSha256 { get; init; }

    /// <summary>In hexadecimal.</summary>
    [JsonPropertyName("charts_sha256")]
    public string? ChartsSha256 { get; init; }
}

[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 8)]
[JsonSerializable(typeof(SignatureClaims))]
internal sealed partial class SignatureJson : JsonSerializerContext;
