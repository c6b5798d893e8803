using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Tests.Api.Watching;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>The dashboard and the alerts of deploy/ speak of metrics that there are: those of docs/METRICS.md, and those that a real server tells beside its own.</summary>
public sealed partial class DeployTests(DeployTests.Page page) : IClassFixture<DeployTests.Page>
{
    private static readonly string s_deploy = Path.Combine(BuiltProgram.Root, "deploy");

    /// <summary>PromQL's words, and the name that Prometheus itself gives.</summary>
    private static readonly HashSet<string> s_words = ["and", "or", "unless", "bool", "up"];

    [Fact]
    public async Task Every_query_of_the_dashboard_names_metrics_that_there_are()
    {
        JsonArray panels = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(s_deploy, "grafana", "stepcloud.json")))!["panels"]!.AsArray();
        string[] queries = [.. panels.SelectMany(panel => panel!["targets"]?.AsArray() ?? []).Select(target => (string)target!["expr"]!)];
        queries.Length.ShouldBeGreaterThan(50);
        foreach (string query in queries) ShouldBeKnown(query);
        panels.Select(panel => (int)panel!["id"]!).ShouldBeUnique();
        // What is worth the buckets is worth a look.
        page.Catalogue.Where(metric => metric.Kind == "histogram").ShouldAllBe(metric => queries.Any(query => query.Contains(metric.Name + "_bucket")));
    }

    [Fact]
    public async Task Every_alert_names_metrics_that_there_are_and_says_what_to_do()
    {
        string file = Path.Combine(s_deploy, "prometheus", "alerts.yml");
        (int exitCode, string output) = await Promtool.CheckRulesAsync(file);
        exitCode.ShouldBe(0, output);
        string[] rules = (await File.ReadAllTextAsync(file)).Split("- alert: ")[1..];
        rules.Length.ShouldBeGreaterThan(10);
        foreach (string rule in rules)
        {
            string expression = rule[(rule.IndexOf("expr:", StringComparison.Ordinal) + "expr:".Length)..];
            ShouldBeKnown(expression[..AfterExpression().Match(expression).Index].Trim().TrimStart('>', '-'));
            foreach (string part in new[] { "severity: ", "summary: ", "runbook: " }) rule.ShouldContain(part);
        }
    }

    [Fact]
    public async Task The_alerts_fire_when_they_should_and_not_otherwise()
    {
        (int exitCode, string output) = await Promtool.TestRulesAsync(Path.Combine(BuiltProgram.Root, "tests", "system", "Running", "alerts.tests.yml"));
        exitCode.ShouldBe(0, output);
    }

    [Fact]
    public void The_judge_of_queries_finds_a_name_that_is_not_there()
    {
        ShouldBeKnown("sum by (le) (rate(stepcloud_steps_stored_total{a=\"b\"}[5m]))");
        Should.Throw<ShouldAssertException>(() => ShouldBeKnown("sum by (le) (rate(stepcloud_steps_eaten_total{a=\"b\"}[5m]))"));
        Should.Throw<ShouldAssertException>(() => ShouldBeKnown("1 > 0"));
    }

    private void ShouldBeKnown(string query)
    {
        string bare = Grouping().Replace(Ranges().Replace(Selectors().Replace(query, ""), ""), "");
        string[] names = [.. Names().Matches(bare).Select(match => match.Value)];
        names.Count(name => name is not ("and" or "or" or "unless")).ShouldBeGreaterThan(0, query);
        names.Where(name => !s_words.Contains(name) && !page.Known.Contains(name)).ShouldBeEmpty(query);
    }

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, 5000)]
    private static partial Regex Selectors();

    [GeneratedRegex(@"\[[^\]]*\]|offset \w+", RegexOptions.None, 5000)]
    private static partial Regex Ranges();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right) ?\([^)]*\)", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Grouping();

    /// <summary>Not a function's, which a parenthesis follows.</summary>
    [GeneratedRegex(@"(?<![\w.])[a-zA-Z_:][\w:]*\b(?!\s*\()", RegexOptions.None, 5000)]
    private static partial Regex Names();

    [GeneratedRegex(@"\n\s+(for|labels):", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex AfterExpression();

    /// <summary>What a server tells that has answered a request, and the catalogue.</summary>
    public sealed partial class Page : IAsyncLifetime
    {
        public (string Name, string Kind)[] Catalogue { get; } =
        [
            .. File.ReadLines(Path.Combine(BuiltProgram.Root, "docs", "METRICS.md")).Select(line => Row().Match(line)).Where(match => match.Success)
                .Select(match => (match.Groups["name"].Value, match.Groups["kind"].Value)),
        ];

        /// <summary>Names of series.</summary>
        public HashSet<string> Known { get; } = [];

        public async Task InitializeAsync()
        {
            await using Installation installation = await Installation.CreateAsync();
            await installation.StartServerAsync();
            using HttpClient http = new();
            await installation.SignInAsync(http);
            string text = await http.GetStringAsync($"{installation.HttpAddress}/metrics");
            foreach (string secret in new[] { "Username=", "Password=", "Host=" }) text.ShouldNotContain(secret, Case.Insensitive);
            MetricsText read = new(text);
            read.Samples.Count.ShouldBeLessThan(1500, "each is a series for as long as somebody scrapes");
            foreach ((string name, string kind) in read.Types.Select(family => (family.Key, family.Value)).Concat(Catalogue))
            {
                if (kind == "histogram") Known.UnionWith([$"{name}_bucket", $"{name}_sum", $"{name}_count"]);
                else Known.Add(name);
            }
        }

        public Task DisposeAsync() => Task.CompletedTask;

        [GeneratedRegex(@"^\| `(?<name>\w+)` \| `[\w.]+` \| (?<kind>\w+) \|", RegexOptions.ExplicitCapture, 5000)]
        private static partial Regex Row();
    }
}
