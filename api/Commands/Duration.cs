using System.CommandLine;
using System.Globalization;

namespace StepCloud.Api.Commands;

/// <summary>A length of time as people type it: `30s`, `5m`, `2h`.</summary>
internal static class Duration
{
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "30s|5m|2h",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value, out TimeSpan duration)) return duration;
            result.AddError($"Setting {name}: '{result.Tokens[0].Value}' is not a time such as 30s, 5m or 2h.");
            return null;
        },
    };

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count))
            return false;
        double seconds = text[^1] switch
        {
            's' => count,
            'm' => count * 60,
            'h' => count * 3600,
            _ => -1,
        };
        if (seconds is <= 0 or > 1e7) return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
