using System.Diagnostics;

namespace StepCloud.Tests.Faults.Plant;

/// <summary>A program of the operating system that does one thing and ends.</summary>
internal static class OsTool
{
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (int exitCode, string said) = await TryAsync(program, arguments);
        return exitCode == 0 ? said : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {said.Trim()}");
    }

    public static async Task<(int ExitCode, string Said)> TryAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
