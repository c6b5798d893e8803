using static StepCloud.Api.Workflows.Records.PrintedText;

namespace StepCloud.Api.Workflows.Records;

/// <summary>Every step: what it was, its settings, the figures of its series, and a chart of each.</summary>
internal static class PdfSteps
{
    private const int ChartsInRow = 4;

    /// <summary>A page and a half; the file has the rest.</summary>
    private const int SettingsLinesMax = 150;

    private static readonly PdfColumn[] s_series =
    [
        new("Series", 95), new("Unit", 35), new("Kind", 45), new("Samples", 40, IsNumber: true), new("First", 38, IsNumber: true), new("Last", 38, IsNumber: true),
        new("Min", 38, IsNumber: true), new("Max", 38, IsNumber: true), new("Mean", 38, IsNumber: true), new("p05", 36, IsNumber: true),
        new("p50", 36, IsNumber: true), new("p95", 38, IsNumber: true),
    ];

    public static void Write(PdfPaper paper, BatchRecordFile file)
    {
        RecordFacts facts = file.Record.Facts;
        RecordNames names = new(file.Record.Context);
        paper.Heading($"Steps ({facts.Steps.Count})", 12);
        if (facts.Steps.Count == 0) paper.Paragraph("No step was done.", size: 7);
        for (int i = 0; i < facts.Steps.Count; i++)
        {
            RecordStep step = facts.Steps[i];
            Step(paper, step, i + 1, names);
            if (step.Series.Count == 0) continue;
            paper.Table(s_series, step.Series.Select(RowOf), size: 5.5, linesMax: 3);
            Charts(paper, step, file.Charts.GetValueOrDefault(step.Id));
        }
    }

    private static void Step(PdfPaper paper, RecordStep step, int number, RecordNames names)
    {
        paper.Heading($"Step {number}: {step.Key ?? "not expected"}{(string.IsNullOrEmpty(step.Label) ? "" : $", {step.Label}")}", 9);
        paper.Paragraph($"{step.Kind}, {step.Outcome ?? "outcome not told"}; {Time(step.Started)} to {Time(step.Ended)} UTC, received {Time(step.Received)}", size: 7);
        paper.Paragraph($"Device: {names.Device(step.DeviceId)}; gateway {Text(step.GatewayId)}", size: 7, linesMax: 4);
        paper.Paragraph($"Step {step.Id}, sequence {Text(step.Sequence)}, joined by {step.Joined ?? "-"}, logs {step.LogCount}", size: 6);
        paper.Paragraph($"Content SHA-256 {step.ContentSha256}", size: 6);
        paper.Paragraph($"Settings: {(string.IsNullOrEmpty(step.Settings) ? "none" : step.Settings)}", size: 6, linesMax: SettingsLinesMax);
        paper.Skip(4);
    }

    private static string[] RowOf(RecordSeries series) =>
    [
        series.Name, series.Unit ?? "", series.Kind, $"{series.Samples}", Number(series.First), Number(series.Last), Number(series.Min), Number(series.Max),
        Number(series.Mean), Number(series.P05), Number(series.P50), Number(series.P95),
    ];

    private static void Charts(PdfPaper paper, RecordStep step, IReadOnlyDictionary<string, RecordChart>? charts)
    {
        const double width = PdfPaper.Width / ChartsInRow;
        for (int i = 0; i < step.Series.Count; i++)
        {
            int column = i % ChartsInRow;
            if (column == 0) paper.Need(PdfChart.Height);
            PdfChart.Draw(paper, PdfPaper.Left + (column * width), paper.Y, width, step.Series[i], charts?.GetValueOrDefault(step.Series[i].Name));
            if (column == ChartsInRow - 1 || i == step.Series.Count - 1) paper.Skip(PdfChart.Height);
        }
    }

    private static string Text<T>(T? value) => value?.ToString() ?? "-";
}
