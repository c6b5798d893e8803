using System.Xml.Linq;

namespace StepCloud.Bench.Frame;

/// <summary>Draws the headline figures as bars: a group for each case and metric, a bar to the median, and a line from the worst to the best round.</summary>
internal static class Chart
{
    private const int Width = 820;
    private const int NameWidth = 190;
    private const int ValueWidth = 190;
    private const int BarHeight = 22;
    private const int RowHeight = 30;
    private const int GroupHeight = 34;
    private const int Margin = 16;

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    /// <summary>Told apart in print and by the colour-blind (Okabe and Ito).</summary>
    private static readonly string[] s_colours = ["#0072b2", "#b0b0b0", "#e69f00"];

    public static XDocument Draw(ScenarioResult result)
    {
        List<XElement> drawn = [Text(Margin, Margin + 12, result.Title, "start", "font-weight:bold")];
        int y = Margin + 26;
        foreach (var (one, metric) in result.Cases.SelectMany(static c => c.Metrics.Where(static m => m.IsHeadline).Select(metric => (c, metric))))
        {
            var bars = one.Competitors.Where(competitor => competitor.Figures.ContainsKey(metric.Key)).ToList();
            if (bars.Count == 0) continue;
            drawn.Add(Text(Margin, y + 22, $"{one.Name}: {metric.Title}", "start", ""));
            y += GroupHeight;
            double most = bars.Max(bar => bar.Figures[metric.Key].Summary.Max);
            for (int i = 0; i < bars.Count; i++, y += RowHeight) drawn.AddRange(Bar(bars[i], metric, y, most, s_colours[i % s_colours.Length]));
        }

        drawn.Add(Text(Margin, y + 20, $"{result.Run.At:yyyy-MM-dd}, {result.Run.Commit}, {result.Run.Rounds} rounds, {result.Run.Machine.Cores} cores of {result.Run.Machine.Processor}", "start", "font-size:11px;fill:#666"));
        int height = y + 20 + Margin;
        return new XDocument(new XElement(s_svg + "svg",
            new XAttribute("viewBox", $"0 0 {Width} {height}"), new XAttribute("width", Width), new XAttribute("height", height),
            new XAttribute("font-family", "sans-serif"), new XAttribute("font-size", 13),
            new XElement(s_svg + "rect", new XAttribute("width", Width), new XAttribute("height", height), new XAttribute("fill", "white")),
            drawn));
    }

    private static IEnumerable<XElement> Bar(CompetitorResult competitor, Metric metric, int y, double most, string colour)
    {
        var figure = competitor.Figures[metric.Key];
        int middle = y + (BarHeight / 2);
        yield return Text(Margin + NameWidth - 8, middle + 5, competitor.Name, "end", "");
        yield return new XElement(s_svg + "rect",
            new XAttribute("x", Margin + NameWidth), new XAttribute("y", y), new XAttribute("height", BarHeight),
            new XAttribute("width", Scale(figure.Summary.Median)), new XAttribute("fill", colour));
        yield return new XElement(s_svg + "path",
            new XAttribute("d", $"M{At(figure.Summary.Min)} {middle}H{At(figure.Summary.Max)}"), new XAttribute("stroke", "black"), new XAttribute("stroke-width", 2));
        string ratio = figure.RatioToReference is { } value ? $"  ({value:0.00} x)" : "";
        yield return Text(At(figure.Summary.Max) + 8, middle + 5, figure.Summary.Median.ToString(metric.Format) + ratio, "start", "");

        int Scale(double value) => most == 0 ? 0 : (int)Math.Round(value / most * (Width - NameWidth - ValueWidth - (2 * Margin)));
        int At(double value) => Margin + NameWidth + Scale(value);
    }

    private static XElement Text(int x, int y, string text, string anchor, string style) => new(s_svg + "text",
        new XAttribute("x", x), new XAttribute("y", y), new XAttribute("text-anchor", anchor), style.Length > 0 ? new XAttribute("style", style) : null, text);
}
