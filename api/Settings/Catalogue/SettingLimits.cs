using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace StepCloud.Api.Settings.Catalogue;

/// <summary>The annotations of options in words.</summary>
internal static class SettingLimits
{
    /// <returns>Empty for one that says nothing to people.</returns>
    public static string InWords(ValidationAttribute limit) => limit switch
    {
        RangeAttribute range => $"{Text(range.Minimum)} to {Text(range.Maximum)}",
        StringLengthAttribute length => $"{length.MinimumLength} to {length.MaximumLength} characters",
        MinLengthAttribute least => $"{least.Length} at least",
        MaxLengthAttribute most => $"{most.Length} at most",
        RequiredAttribute => "not empty",
        { ErrorMessage: { } message } => char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.'),
        _ => "",
    };

    /// <param name="given">In the words of a message.</param>
    public static string FaultInWords(ValidationAttribute limit, string given) => limit switch
    {
        RangeAttribute range => $"{given} is not from {Text(range.Minimum)} to {Text(range.Maximum)}.",
        RequiredAttribute => "it must not be empty.",
        { ErrorMessage: { } message } => $"{given} is not allowed. {message}",
        _ => $"{given} is not allowed: {InWords(limit)}.",
    };

    private static string Text(object? bound) => Convert.ToString(bound, CultureInfo.InvariantCulture) ?? "";
}
