using System.ComponentModel;
using System.Diagnostics;

namespace StepCloud.Bench.Processes;

/// <summary>A program that says something and ends.</summary>
internal static class Tool
{
    /// <returns>The first line it says, or null when there is no such program or nothing that it says.</returns>
    public static string? FirstLine(string program, string directory, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            string all = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return all.Split('\n')[0] is { Length: > 0 } line ? line : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
