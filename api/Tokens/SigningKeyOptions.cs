using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Tokens;

/// <summary>When signing keys follow one another.</summary>
public sealed class SigningKeyOptions : IValidatableObject
{
    public const string Section = "SigningKeys";

    /// <summary>How long a key signs. A key that leaks unnoticed is worth nothing soon after.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "366.00:00:00")]
    public TimeSpan RotateEvery { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long a new key is published before it signs: longer than verifiers keep the published keys, so that all know it when its first
    /// token comes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:05:00", "7.00:00:00")]
    public TimeSpan PublishAhead { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often every process reads the keys again, whatever notices it got.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00")]
    public TimeSpan ReloadEvery { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PublishAhead >= RotateEvery)
        {
            yield return new ValidationResult(
                $"{nameof(PublishAhead)} must be shorter than {nameof(RotateEvery)}", [nameof(PublishAhead), nameof(RotateEvery)]);
        }
    }
}
