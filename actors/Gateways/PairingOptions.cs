using System.ComponentModel.DataAnnotations;

namespace StepCloud.Actors.Gateways;

/// <summary>Bounds of what anybody without a token can make the server store, and where people enter codes.</summary>
public sealed class PairingOptions : IValidatableObject
{
    public const string Section = "Pairing";

    /// <summary>Requests from one address (of IPv6: one /64) that may be stored. A shop that sets up all its gateways in one go needs some tens.</summary>
    [Range(1, 10_000)]
    public int CodesPerAddressMax { get; set; } = 50;

    /// <summary>Requests from everywhere. A guess hits one of so many codes among 20^8, so this bounds what guessing is worth, too.</summary>
    [Range(1, 1_000_000)]
    public int CodesMax { get; set; } = 10_000;

    /// <summary>The page where people enter codes, such as `https://stepcloud.example/pair`; by default `/pair` at the address that the gateway used.</summary>
    public string? VerificationUri { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (VerificationUri is not null && !(Uri.TryCreate(VerificationUri, UriKind.Absolute, out Uri? uri) && uri.Scheme is "https" or "http"))
            yield return new ValidationResult($"'{VerificationUri}' is no http or https address.", [nameof(VerificationUri)]);
    }
}
