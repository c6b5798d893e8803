using System.Globalization;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.System.Replay;

/// <summary>A recorded file, read by the tests themselves, so that one mistake of the program cannot agree with itself.</summary>
internal sealed class Recording
{
    private Recording(string name, List<RecordedStep> steps)
    {
        Name = name;
        Steps = steps;
    }

    public string Name { get; }

    public IReadOnlyList<RecordedStep> Steps { get; }

    /// <summary>A small one in the same form, of our own making.</summary>
    public static string OwnFile { get; } = Path.Combine(BuiltProgram.Root, "tests", "sim", "Replay", "own_part.csv");

    /// <summary>The twelve real ones; empty where `shared` is not beside the checkout.</summary>
    public static string[] SharedFiles { get; } = FindShared();

    public static Recording Read(string path)
    {
        string[][] rows = [.. File.ReadLines(path).Select(line => line.Split(','))];
        string[] header = rows[0];
        int process = Array.IndexOf(header, "Machining_Process");
        List<RecordedStep> steps = [];
        for (int first = 1; first < rows.Length;)
        {
            int end = first;
            while (end < rows.Length && rows[end][process] == rows[first][process]) end++;
            Dictionary<string, double[]> series = [];
            for (int column = 1; column < header.Length; column++)
            {
                if (header[column] is "Machining_Process" or "tool_condition") continue;
                int at = column;
                series[header[column]] = [.. rows[first..end].Select(row => double.Parse(row[at], CultureInfo.InvariantCulture))];
            }

            steps.Add(new RecordedStep(rows[first][process], series));
            first = end;
        }

        return new Recording(Path.GetFileName(path), steps);
    }

    private static string[] FindShared()
    {
        string folder = Path.Combine(Path.GetDirectoryName(BuiltProgram.Root)!, "shared", "data", "cnc-mill");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "experiment_*.csv").Order(StringComparer.Ordinal)] : [];
    }
}

internal sealed record RecordedStep(string Process, IReadOnlyDictionary<string, double[]> Series);
