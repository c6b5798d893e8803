using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Unit.House;

/// <summary>docs/COMPLIANCE.md leaves no clause out, and names no test that is not there.</summary>
public sealed partial class ComplianceTests
{
    /// <summary>In the order of the page.</summary>
    private static readonly string[] s_clauses =
    [
        "11.10(a)", "11.10(b)", "11.10(c)", "11.10(d)", "11.10(e)", "11.10(f)", "11.10(g)", "11.10(h)", "11.10(i)", "11.10(j)", "11.10(k)(1)", "11.10(k)(2)",
        "11.50(a)(1)", "11.50(a)(2)", "11.50(a)(3)", "11.50(b)", "11.70",
        "11.100(a)", "11.100(b)", "11.100(c)", "11.100(c)(1)", "11.100(c)(2)",
        "11.200(a)(1)", "11.200(a)(1)(i)", "11.200(a)(1)(ii)", "11.200(a)(2)", "11.200(a)(3)", "11.200(b)",
        "11.300(a)", "11.300(b)", "11.300(c)", "11.300(d)", "11.300(e)",
        "XIII.1", "XIII.2", "XIII.3", "XIII.4",
    ];

    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "COMPLIANCE.md"));

    [Fact]
    public void Every_clause_has_its_line_once() => Rows().Select(row => row.Clause).ShouldBe(s_clauses);

    [Fact]
    public void What_is_done_in_whole_or_in_part_names_a_test_and_what_is_not_leaves_it_to_somebody()
    {
        foreach ((string clause, string software, string proof, string organization) in Rows())
        {
            string state = States().Match(software).Groups["state"].Value;
            state.ShouldBeOneOf(["done", "partly", "none"], clause);
            NamedTests().IsMatch(proof).ShouldBe(state != "none", clause);
            // What the software has no part in, and of which it does not say that there is no such thing, is somebody's.
            if (state == "partly" || software == "**none**") organization.ShouldNotBeNullOrWhiteSpace(clause);
        }
    }

    [Fact]
    public void Every_test_that_it_names_is_there()
    {
        ILookup<string, string> files = Repository.Files("*.cs").Where(file => Path.GetRelativePath(Repository.Root, file).StartsWith("tests/", StringComparison.Ordinal))
            .ToLookup(file => Path.GetFileNameWithoutExtension(file));
        (string Class, string Method)[] named = [.. NamedTests().Matches(s_page).Select(match => (match.Groups["class"].Value, match.Groups["method"].Value)).Distinct()];
        named.Length.ShouldBeGreaterThan(30);
        named.Where(test => !files[test.Class].Select(File.ReadAllText).Any(source => Declares(source, test.Method))).Select(test => $"{test.Class}.{test.Method}").ShouldBeEmpty();
    }

    private static bool Declares(string source, string method) =>
        source.Contains($" void {method}(", StringComparison.Ordinal) || source.Contains($" Task {method}(", StringComparison.Ordinal);

    private static IEnumerable<(string Clause, string Software, string Proof, string Organization)> Rows() =>
        from line in s_page.Split('\n')
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length == 7 && Clauses().IsMatch(cells[1])
        select (cells[1], cells[3], cells[4], cells[5]);

    [GeneratedRegex(@"^(11\.\d+|XIII\.\d)(\([a-z0-9]+\))*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Clauses();

    [GeneratedRegex(@"^\*\*(?<state>[a-z]+)\*\*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex States();

    [GeneratedRegex(@"`(?<class>[A-Z][A-Za-z0-9]*Tests)\.(?<method>[A-Za-z0-9_]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NamedTests();
}
