using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Unit.House;

/// <summary>docs/SECURITY.md names no proof that is not there, and leaves no requirement out.</summary>
public sealed partial class SecurityPageTests
{
    /// <summary>How many requirements of levels 1 and 2 each section of ASVS 5.0 has; where there are any, they are the first ones.</summary>
    private static readonly Dictionary<string, int> s_requirements = new()
    {
        ["6.1"] = 3, ["6.2"] = 12, ["6.3"] = 4, ["6.4"] = 4, ["6.5"] = 5, ["6.6"] = 3, ["6.8"] = 4,
        ["7.1"] = 3, ["7.2"] = 4, ["7.3"] = 2, ["7.4"] = 5, ["7.5"] = 2, ["7.6"] = 2,
        ["8.1"] = 2, ["8.2"] = 3, ["8.3"] = 1, ["8.4"] = 1,
        ["9.1"] = 3, ["9.2"] = 4,
        ["10.1"] = 2, ["10.2"] = 2, ["10.3"] = 4, ["10.4"] = 11, ["10.5"] = 5, ["10.6"] = 2, ["10.7"] = 3,
    };

    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "SECURITY.md"));

    [Fact]
    public void Every_test_that_it_names_is_there()
    {
        HashSet<string> classes = [.. Repository.Files("*.cs").Where(file => file.Contains("/tests/", StringComparison.Ordinal)).SelectMany(file => Classes().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value))];
        string[] named = [.. Names().Matches(s_page).Select(match => match.Value).Distinct()];
        named.Length.ShouldBeGreaterThan(20);
        named.Except(classes).ShouldBeEmpty();
    }

    [Fact]
    public void Every_requirement_has_its_line_once() => Rows().Select(row => row.Number).ShouldBe(
        s_requirements.SelectMany(section => Enumerable.Range(1, section.Value).Select(number => $"{section.Key}.{number}")));

    [Fact]
    public void What_is_said_to_be_met_says_where_that_is_shown()
    {
        foreach ((string number, string state, string proof) in Rows())
        {
            state.ShouldBeOneOf(["met", "partly", "no", "n/a"], number);
            proof.ShouldNotBeNullOrWhiteSpace(number);
            if (state == "met") (Names().IsMatch(proof) || proof.Contains(".md", StringComparison.Ordinal) || proof.Contains("section", StringComparison.Ordinal) || proof.Contains("the same", StringComparison.Ordinal)).ShouldBeTrue(number);
        }
    }

    private static IEnumerable<(string Number, string State, string Proof)> Rows() =>
        from line in s_page.Split('\n')
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length == 6 && Numbers().IsMatch(cells[1])
        select (cells[1], cells[3], cells[4]);

    [GeneratedRegex(@"\b[A-Z][A-Za-z0-9]*(Tests|Properties)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Names();

    [GeneratedRegex(@"\bclass (?<name>[A-Z][A-Za-z0-9]*(Tests|Properties))\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Classes();

    [GeneratedRegex(@"^\d+\.\d+\.\d+$", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Numbers();
}
