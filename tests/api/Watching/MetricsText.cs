using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;

namespace StepCloud.Tests.Api.Watching;

/// <summary>A page of Prometheus' text format, read as strictly as its description has it: each line must be one of the three kinds, and a family stands together.</summary>
internal sealed partial class MetricsText
{
    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, string> _help = [];
    private readonly Dictionary<string, double> _samples = [];

    public MetricsText(string text)
    {
        text.ShouldEndWith("\n");
        string family = "";
        foreach (string line in text.Split('\n')[..^1])
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                _help.TryAdd(help.Groups["name"].Value, help.Groups["text"].Value).ShouldBeTrue(line);
            }
            else if (TypeLine().Match(line) is { Success: true } type)
            {
                family = type.Groups["name"].Value;
                _types.TryAdd(family, type.Groups["type"].Value).ShouldBeTrue(line);
            }
            else
            {
                Match sample = SampleLine().Match(line);
                sample.Success.ShouldBeTrue(line);
                string name = sample.Groups["name"].Value;
                string suffix = name[family.Length..];
                name.ShouldStartWith(family, Case.Sensitive, line);
                suffix.ShouldBeOneOf(_types[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""], line);
                _samples.TryAdd(name + sample.Groups["labels"].Value, Number(sample.Groups["value"].Value)).ShouldBeTrue($"twice: {line}");
            }
        }
    }

    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyDictionary<string, string> Help => _help;

    /// <summary>By name and labels as they are written.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    /// <summary>The sum over whatever labels.</summary>
    public double Sum(string name, string having = "") =>
        _samples.Where(sample => (sample.Key == name || sample.Key.StartsWith(name + "{", StringComparison.Ordinal)) && sample.Key.Contains(having, StringComparison.Ordinal))
            .Sum(sample => sample.Value);

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>.*)$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*")*\})?) (?<value>[-+.0-9eEInfNa]+)$""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex SampleLine();
}
