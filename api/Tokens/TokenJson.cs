using System.Text.Json;
using System.Text.Json.Serialization;

namespace StepCloud.Api.Tokens;

/// <summary>The JOSE header (RFC 7515 §4). `jku`, `jwk` and `x5u` have no place here: a token never brings its own key.</summary>
internal sealed record TokenHeader
{
    [JsonPropertyName("alg")]
    public string? Algorithm { get; init; }

    [JsonPropertyName("typ")]
    public string? Type { get; init; }

    [JsonPropertyName("kid")]
    public string? KeyId { get; init; }

    /// <summary>Among them `crit`, if the token has it.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>The claims of RFC 9068 §2.2, and `sid`, `org` (a private claim), `roles`, and of an upload session `scope` and `case`. Times are NumericDates in whole seconds.</summary>
internal sealed record TokenClaims
{
    [JsonPropertyName("iss")]
    public required string Issuer { get; init; }

    [JsonPropertyName("aud")]
    public required string Audience { get; init; }

    [JsonPropertyName("sub")]
    public required Guid Subject { get; init; }

    /// <summary>RFC 9068 asks for it. A gateway is its own client; users all come through this installation's own.</summary>
    [JsonPropertyName("client_id")]
    public string? ClientId { get; init; }

    [JsonPropertyName("sid")]
    public required Guid Session { get; init; }

    [JsonPropertyName("org")]
    public Guid? Organization { get; init; }

    /// <summary>RFC 8693 §4.2; only of a token that may not all that its holder may.</summary>
    [JsonPropertyName("scope")]
    public string? Scope { get; init; }

    /// <summary>A private claim, with the scope: the case that it is bounded to.</summary>
    [JsonPropertyName("case")]
    public Guid? Case { get; init; }

    [JsonPropertyName("roles")]
    public required string[] Roles { get; init; }

    [JsonPropertyName("jti")]
    public required string TokenId { get; init; }

    [JsonPropertyName("iat")]
    public required long IssuedAt { get; init; }

    [JsonPropertyName("nbf")]
    public long? NotBefore { get; init; }

    [JsonPropertyName("exp")]
    public required long ExpiresAt { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>
/// Strict JSON: a member that comes twice is refused, so that no two readers of one token see different claims (RFC 8725 §2.4).
/// </summary>
/// <remarks>The records collect unknown members only because those are looked at for duplicates there and nowhere else.</remarks>
[JsonSourceGenerationOptions(
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 8)]
[JsonSerializable(typeof(TokenHeader))]
[JsonSerializable(typeof(TokenClaims))]
internal sealed partial class TokenJson : JsonSerializerContext;
