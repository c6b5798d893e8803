using PdfSharp.Drawing;

namespace StepCloud.Api.Workflows.Records;

/// <summary>A small chart of one series: its line, its least and greatest value, its unit, and how long it took.</summary>
internal static class PdfChart
{
    public const double Height = 66;

    private const double Small = 5, TitleHeight = 8, AxisHeight = 8, Gap = 4;

    private static readonly XPen s_line = new(XColors.SteelBlue, 0.6);
    private static readonly XPen s_frame = new(XColors.LightGray, 0.4);

    /// <param name="chart">Null when the file has none of it: then that is said.</param>
    public static void Draw(PdfPaper paper, double x, double y, double width, RecordSeries series, RecordChart? chart)
    {
        double inner = width - Gap;
        string unit = string.IsNullOrEmpty(series.Unit) ? "" : $" [{series.Unit}]";
        paper.Write(series.Name + unit, x, y, 5.5, isBold: true, inner);
        XRect plot = new(x, y + TitleHeight, inner, Height - TitleHeight - AxisHeight - Gap);
        paper.Page.DrawRectangle(s_frame, plot);
        (long Time, double Value)[] points = chart is null ? [] : [.. chart.TimesUs.Zip(chart.Values).Where(point => double.IsFinite(point.Second))];
        if (points.Length == 0)
        {
            paper.Write(series.Samples == 0 ? "no samples" : "no chart in the file", plot.X + 2, plot.Y + (plot.Height / 2), Small, isBold: false, inner);
            return;
        }

        double min = points.Min(point => point.Value), max = points.Max(point => point.Value);
        XPoint[] line = Scale(points, min, max, plot);
        if (line.Length == 1) paper.Page.DrawEllipse(XBrushes.SteelBlue, line[0].X - 1, line[0].Y - 1, 2, 2);
        else paper.Page.DrawLines(s_line, line);

        paper.Write($"max {PrintedText.Number(max)}", plot.X + 1, plot.Y, Small, isBold: false, inner, XBrushes.DimGray);
        paper.Write($"min {PrintedText.Number(min)}", plot.X + 1, plot.Bottom - Small - 1.5, Small, isBold: false, inner, XBrushes.DimGray);
        string end = Duration((double)points[^1].Time - points[0].Time);
        paper.Write("0", plot.X, plot.Bottom + 1, Small, isBold: false, inner, XBrushes.DimGray);
        paper.Write(end, plot.Right - PdfFonts.Regular.WidthOf(end, Small), plot.Bottom + 1, Small, isBold: false, inner, XBrushes.DimGray);
    }

    /// <remarks>Halves, since the distance of two doubles can be beyond what a double holds.</remarks>
    private static XPoint[] Scale((long Time, double Value)[] points, double min, double max, XRect plot)
    {
        double first = points[0].Time, duration = points[^1].Time - first, half = (max / 2) - (min / 2);
        return [.. points.Select(point => new XPoint(
            plot.X + (duration > 0 ? Math.Clamp((point.Time - first) / duration, 0, 1) * plot.Width : plot.Width / 2),
            plot.Bottom - ((half > 0 ? ((point.Value / 2) - (min / 2)) / half : 0.5) * plot.Height)))];
    }

    private static string Duration(double microseconds) => (microseconds / 1e6) switch
    {
        < 1 => $"{microseconds / 1e3:G4} ms",
        < 120 => $"{microseconds / 1e6:G4} s",
        < 7200 => $"{microseconds / 60e6:G4} min",
        _ => $"{microseconds / 3600e6:G4} h",
    };
}
