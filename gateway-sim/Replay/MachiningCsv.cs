using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StepCloud.GatewaySim.Replay;

/// <summary>Reads the CNC mill's recordings: a column that numbers the rows, the signals, `Machining_Process`, `tool_condition`.</summary>
public static class MachiningCsv
{
    private const string ProcessColumn = "Machining_Process";
    private const string ToolColumn = "tool_condition";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="name">What errors call the file.</param>
    /// <exception cref="MachiningCsvException">The first thing that is wrong, by line and column.</exception>
    public static MachiningFile Read(string name, byte[] content)
    {
        string[] lines = Lines(name, content);
        List<string> header = Split(name, lines, 0);
        Layout layout = LayoutOf(name, header);
        int rows = lines.Length - 1;
        if (rows == 0)
            throw new MachiningCsvException(name, 1, 0, "no rows follow the header");
        long[] numbers = new long[rows];
        double[][] columns = [.. layout.Signals.Select(_ => new double[rows])];
        List<MachiningRun> runs = [];
        for (int row = 0; row < rows; row++)
        {
            int line = row + 2;
            List<string> fields = Split(name, lines, row + 1);
            if (fields.Count != header.Count)
                throw new MachiningCsvException(name, line, 0, $"{fields.Count} fields where the header has {header.Count}");
            numbers[row] = RowNumber(name, line, fields[0], row == 0 ? -1 : numbers[row - 1]);
            for (int signal = 0; signal < columns.Length; signal++)
                columns[signal][row] = Number(name, line, layout.Signals[signal], header, fields);
            AddToRuns(runs, row, fields[layout.Process], fields[layout.Tool]);
        }
        return new MachiningFile(
            Path.GetFileName(name), SHA256.HashData(content), [.. layout.Signals.Select(column => header[column])], numbers, columns, runs);
    }

    private static string[] Lines(string name, byte[] content)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            int line = content.AsSpan(0, Math.Max(e.Index, 0)).Count((byte)'\n') + 1;
            throw new MachiningCsvException(name, line, 0, "not UTF-8");
        }
        string[] lines = text.TrimStart('\uFEFF').Split('\n');
        if (lines[^1].Length == 0)
            lines = lines[..^1];
        return lines.Length > 0 ? lines : throw new MachiningCsvException(name, 1, 0, "the file is empty");
    }

    private static List<string> Split(string name, string[] lines, int index) =>
        CsvLine.TrySplit(lines[index].TrimEnd('\r'))
        ?? throw new MachiningCsvException(name, index + 1, 0, "a quoted field is not closed on its line, or has text after its quote");

    private static Layout LayoutOf(string name, List<string> header)
    {
        int process = Required(name, header, ProcessColumn);
        int tool = Required(name, header, ToolColumn);
        if (header[0].Length != 0)
            throw new MachiningCsvException(name, 1, 1, $"the first column is '{header[0]}', not the unnamed one that numbers the rows");
        List<int> signals = [.. Enumerable.Range(1, header.Count - 1).Where(column => column != process && column != tool)];
        if (signals.Count == 0)
            throw new MachiningCsvException(name, 1, 0, "the header names no signals");
        foreach (int column in signals)
        {
            if (header[column].Length == 0)
                throw new MachiningCsvException(name, 1, column + 1, "a signal without a name");
            if (header.IndexOf(header[column]) < column)
                throw new MachiningCsvException(name, 1, column + 1, $"{header[column]} is there twice");
        }
        return new Layout(signals, process, tool);
    }

    private static int Required(string name, List<string> header, string column)
    {
        int index = header.IndexOf(column);
        return index >= 0 ? index : throw new MachiningCsvException(name, 1, 0, $"the header has no column {column}");
    }

    private static long RowNumber(string name, int line, string field, long previous)
    {
        if (!long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > int.MaxValue)
            throw new MachiningCsvException(name, line, 1, $"'{field}' is not the number of a row");
        return number > previous ? number : throw new MachiningCsvException(name, line, 1, $"row {number} comes after row {previous}");
    }

    private static double Number(string name, int line, int column, List<string> header, List<string> fields)
    {
        string field = fields[column];
        if (!double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            throw new MachiningCsvException(name, line, column + 1, $"{header[column]} is '{field}', not a number");
        return double.IsFinite(value) ? value : throw new MachiningCsvException(name, line, column + 1, $"{header[column]} is '{field}', not a finite number");
    }

    private static void AddToRuns(List<MachiningRun> runs, int row, string process, string tool)
    {
        if (runs.Count > 0 && runs[^1].Process == process)
            runs[^1] = runs[^1] with { RowCount = runs[^1].RowCount + 1 };
        else
            runs.Add(new MachiningRun(row, 1, process, tool));
    }

    private sealed record Layout(List<int> Signals, int Process, int Tool);
}
