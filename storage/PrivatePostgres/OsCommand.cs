using System.Diagnostics;

namespace StepCloud.Storage;

internal sealed record OsCommandResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>What a person needs of it: the last lines that it wrote.</summary>
    public string Said
    {
        get
        {
            string[] lines = (Error + "\n" + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return string.Join(" / ", lines.TakeLast(6));
        }
    }
}

/// <summary>Runs a program of the operating system to its end, with a bound on its time.</summary>
internal static class OsCommand
{
    // PGDATA, PGPORT and the like of the caller's shell would silently redirect initdb and pg_ctl.
    private const string PostgresVariablePrefix = "PG";

    /// <returns>Exit code -1 when it cannot be started or did not end in time.</returns>
    public static async Task<OsCommandResult> RunAsync(
        IReadOnlyList<string> command, TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        using Process process = new() { StartInfo = StartInfo(command) };
        process.StartInfo.RedirectStandardOutput = true;
        process.StartInfo.RedirectStandardError = true;
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return new OsCommandResult(-1, "", exception.Message);
        }

        using CancellationTokenSource timer = new(timeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(either.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
            return new OsCommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            // With what it has started: of a killed initdb a server would go on writing into the folder that is made anew.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return new OsCommandResult(-1, "", $"{command[0]} did not end within {timeout.TotalSeconds:0} s");
        }
    }

    public static ProcessStartInfo StartInfo(IReadOnlyList<string> command)
    {
        // The account that runs the command may not be allowed to enter our working directory.
        ProcessStartInfo start = new(command[0]) { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith(PostgresVariablePrefix, StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        return start;
    }
}
