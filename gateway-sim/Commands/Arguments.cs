using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace StepCloud.GatewaySim.Commands;

/// <summary>The kinds of argument that several commands take, each read with a reason for what is wrong.</summary>
internal static class Arguments
{
    public static Option<DirectoryInfo> Data() => new("--data")
    {
        Description = "The folder of the gateways' credentials, devices, outboxes and ledgers; made when it is not there.",
        HelpName = "DIR",
        Required = true,
    };

    public static Option<Uri> Server() => new("--server")
    {
        Description = "The server's HTTP address, as http://host:port.",
        HelpName = "URL",
        Required = true,
        CustomParser = result => Parse(result, TryServer, "is not an http or https address"),
    };

    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = $"{description} As 500ms, 30s, 5m or 2h.",
        HelpName = "TIME",
        CustomParser = result => Parse<TimeSpan?>(result, TryDuration, "is not a time like 500ms, 30s, 5m or 2h"),
    };

    public static Option<int?> Number(string name, string description, int min, int max) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse<int?>(
            result,
            text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max ? number : null,
            $"is not a whole number from {min} to {max}"),
    };

    public static T? Parse<T>(ArgumentResult result, Func<string, T?> tryParse, string complaint)
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (tryParse(text) is { } value)
            return value;
        result.AddError($"{(result.Parent as OptionResult)?.IdentifierToken?.Value ?? result.Argument.Name} '{text}' {complaint}.");
        return default;
    }

    public static TimeSpan? TryDuration(string text)
    {
        ReadOnlySpan<(string Suffix, double Seconds)> units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];
        foreach ((string suffix, double seconds) in units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count * seconds <= 1e6)
                return TimeSpan.FromSeconds(count * seconds);
        }
        return null;
    }

    private static Uri? TryServer(string text) =>
        Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri : null;
}
