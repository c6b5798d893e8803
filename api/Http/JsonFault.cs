using System.Text.Json;
using System.Text.RegularExpressions;

namespace StepCloud.Api.Http;

/// <summary>What is wrong with a body of JSON, in a sentence. The framework tells one kind of fault from the other in its own sentence only, which names types of ours.</summary>
internal static partial class JsonFault
{
    [GeneratedRegex(@"missing required properties,? including(?: the following)?: (?<names>[\w', ;]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Missing { get; }

    /// <param name="fault">Of the reading; where it is stands in its path.</param>
    public static string Of(JsonException fault)
    {
        if (Missing.Match(fault.Message) is { Success: true } match) return $"It lacks {match.Groups["names"].Value.Replace("'", "", StringComparison.Ordinal).Trim()}.";
        if (fault.Message.Contains("could not be mapped to any", StringComparison.Ordinal)) return "There is no field of this name here.";
        if (fault.Message.Contains("could not be converted to", StringComparison.Ordinal))
            return "The value is of the wrong type, or cannot be. A day is written as 2026-03-02, a time as 2026-03-02T08:15:00Z, an id as 0198c0de-0000-7000-8000-000000000001.";
        return "The JSON breaks here, has a field that is not known, lacks one, or has a value of the wrong type.";
    }
}
