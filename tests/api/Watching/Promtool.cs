using System.ComponentModel;
using System.Diagnostics;

namespace StepCloud.Tests.Api.Watching;

/// <summary>Prometheus' own checker, of Debian's package `prometheus`. Not having it is a failure, never a reason to pass.</summary>
internal static class Promtool
{
    /// <returns>What it says of each line that it does not like; nothing when all is well.</returns>
    public static async Task<string[]> CheckMetricsAsync(string text)
    {
        (_, string output) = await RunAsync(["check", "metrics"], text);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static Task<(int ExitCode, string Output)> CheckRulesAsync(string file) => RunAsync(["check", "rules", file], "");

    /// <param name="file">What is expected of rules that it names, by example.</param>
    public static Task<(int ExitCode, string Output)> TestRulesAsync(string file) => RunAsync(["test", "rules", file], "");

    private static async Task<(int ExitCode, string Output)> RunAsync(string[] arguments, string input)
    {
        ProcessStartInfo start = new("promtool", arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            using Process promtool = Process.Start(start)!;
            Task<string> output = promtool.StandardOutput.ReadToEndAsync(), errors = promtool.StandardError.ReadToEndAsync();
            await promtool.StandardInput.WriteAsync(input);
            promtool.StandardInput.Close();
            await promtool.WaitForExitAsync();
            return (promtool.ExitCode, await output + await errors);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("promtool is not installed (Debian's package prometheus; ./test installs it).", e);
        }
    }
}
