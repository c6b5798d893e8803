using System.ComponentModel.DataAnnotations;

namespace StepCloud.Tests.Api.Tokens;

internal static class Validation
{
    /// <summary>The settings that their annotations refuse.</summary>
    public static string[] Faults(object options)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return [.. results.SelectMany(result => result.MemberNames)];
    }
}
