using System.Text;
using Spectre.Console;

namespace StepCloud.Bench.Frame;

/// <summary>The figures of a run in rows: the same rows on a terminal and in Markdown.</summary>
internal sealed class ResultTable
{
    private readonly List<string> _header;
    private readonly List<List<string>> _rows = [];

    public ResultTable(ScenarioResult result)
    {
        var metrics = result.Cases.SelectMany(static c => c.Metrics).Distinct().ToList();
        var compared = metrics.Where(metric => result.Cases.SelectMany(static c => c.Competitors)
            .Any(competitor => competitor.Figures.GetValueOrDefault(metric.Key)?.RatioToReference is not null)).ToHashSet();
        _header = ["case", "of", .. metrics.SelectMany(metric => compared.Contains(metric) ? (string[])[metric.Title, "ratio"] : [metric.Title])];
        foreach (var (one, competitor) in result.Cases.SelectMany(static c => c.Competitors.Select(competitor => (c, competitor))))
        {
            List<string> row = [one.Name, competitor.Name];
            foreach (var metric in metrics)
            {
                var figure = competitor.Figures.GetValueOrDefault(metric.Key);
                row.Add(figure is null ? "-" : ToText(figure.Summary, metric));
                if (compared.Contains(metric)) row.Add(figure?.RatioToReference is { } ratio ? $"{ratio:0.00} x" : "-");
            }

            _rows.Add(row);
        }

        Run = ToSentence(result.Run);
    }

    /// <summary>Which run it was.</summary>
    public string Run { get; }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        AppendRow(_header);
        AppendRow(_header.Select(static (_, i) => i < 2 ? "---" : "---:"));
        _rows.ForEach(AppendRow);
        return text.Append('\n').Append(Run).Append('\n').ToString();

        void AppendRow(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    public void Write(IAnsiConsole console, string title)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title)).Caption(Markup.Escape(Run));
        for (int i = 0; i < _header.Count; i++) table.AddColumn(new TableColumn(Markup.Escape(_header[i])) { Alignment = i < 2 ? Justify.Left : Justify.Right });
        foreach (var row in _rows) table.AddRow([.. row.Select(Markup.Escape)]);
        console.Write(table);
    }

    /// <summary>The median, and behind it the spread when there was more than one round.</summary>
    private static string ToText(Summary summary, Metric metric)
    {
        string median = summary.Median.ToString(metric.Format);
        return metric.IsHeadline && summary.Rounds.Count > 1 ? $"{median} ({summary.Spread:P0})".Replace(" %", "%", StringComparison.Ordinal) : median;
    }

    private static string ToSentence(RunFacts run)
    {
        string settings = string.Join(", ", run.Settings.Select(static setting => $"{setting.Key} {setting.Value}"));
        return $"Run of {run.At:yyyy-MM-dd HH:mm} UTC at {run.Commit}: rounds {run.Rounds}, {settings}. {run.Machine.Cores} cores of {run.Machine.Processor}, "
            + $"{run.Machine.MemoryGib:0.#} GiB, {run.Machine.System}, {run.Machine.Runtime}; load average {run.LoadAverage:0.0} before the run.";
    }
}
