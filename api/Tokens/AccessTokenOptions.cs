using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Tokens;

/// <summary>What issuer and verifier of access tokens agree on. Every node of an installation has the same.</summary>
public sealed class AccessTokenOptions
{
    public const string Section = "AccessTokens";

    /// <summary>
    /// `iss`. Give each installation its own, best its public URL. A change makes the tokens that are out invalid: their holders refresh.
    /// </summary>
    [Required]
    [StringLength(256, MinimumLength = 1)]
    public string Issuer { get; set; } = "stepcloud";

    /// <summary>
    /// How long a token lives. Long enough that refreshing is rare beside the work, short enough that a leaked one soon dies.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How far `iat` and `nbf` may lie ahead, because the clocks of two nodes differ (RFC 7519 §4.1.5 allows "no more than a few minutes").
    /// `exp` gets none: a client that is refused a few seconds early just refreshes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:02:00")]
    public TimeSpan ClockLeeway { get; set; } = TimeSpan.FromSeconds(10);
}
