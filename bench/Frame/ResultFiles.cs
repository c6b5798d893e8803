using System.Text.Encodings.Web;
using System.Text.Json;

namespace StepCloud.Bench.Frame;

/// <summary>What stays of a run: JSON and a chart in <c>bench/results</c>, and, when asked for, the table in <c>docs/PERFORMANCE.md</c>.</summary>
internal static class ResultFiles
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string ToJson(IReadOnlyList<ScenarioResult> results) => JsonSerializer.Serialize(results, s_json);

    public static void Write(ScenarioResult result)
    {
        File.WriteAllText(Path.Combine(Checkout.Results, $"{result.Scenario}.json"), JsonSerializer.Serialize(result, s_json) + "\n");
        File.WriteAllText(Path.Combine(Checkout.Results, $"{result.Scenario}.svg"), Chart.Draw(result) + "\n");
    }

    /// <summary>Puts the table between the marks that the page has for this scenario.</summary>
    /// <exception cref="BenchException">The page has none.</exception>
    public static void WriteToPage(ScenarioResult result)
    {
        string path = Path.Combine(Checkout.Root, "docs", "PERFORMANCE.md");
        string page = File.ReadAllText(path);
        string begin = $"<!-- {result.Scenario}: written by bench -->\n";
        string end = $"<!-- end of {result.Scenario} -->\n";
        int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int to = page.IndexOf(end, StringComparison.Ordinal);
        if (from < begin.Length || to < from) throw new BenchException($"docs/PERFORMANCE.md has no place for the table of {result.Scenario}.");
        File.WriteAllText(path, page[..from] + new ResultTable(result).ToMarkdown() + page[to..]);
    }
}
