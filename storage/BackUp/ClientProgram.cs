using System.Diagnostics;

namespace StepCloud.Storage.BackUp;

/// <summary>Runs pg_dump or pg_restore to its end, however long that takes, and listens to what it says.</summary>
internal static class ClientProgram
{
    private const int SaidLinesMax = 5;

    private const string NoSpace = "No space left on device";

    /// <param name="progress">Told each line of the program that is no fault: with `--verbose`, what it is at.</param>
    /// <exception cref="BackUpException">It failed.</exception>
    public static async Task RunAsync(
        IReadOnlyList<string> command, string connectionString, string failure, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = OsCommand.StartInfo(command);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach ((string name, string value) in ClientConnection.Variables(connectionString)) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        try
        {
            // Nothing is expected there, and a pipe that nobody reads would stop the program.
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            List<string> faults = await ListenAsync(process.StandardError, progress, cancellationToken);
            await output;
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0) throw Failed(command, failure, faults);
        }
        catch
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static async Task<List<string>> ListenAsync(StreamReader said, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        List<string> faults = [];
        while (await said.ReadLineAsync(cancellationToken) is { } line)
        {
            bool isFault = line.Contains("error: ", StringComparison.Ordinal) || line.Contains("detail: ", StringComparison.Ordinal) || line.Contains("FATAL", StringComparison.Ordinal);
            if (!isFault) progress?.Report(line);
            else if (faults.Count < SaidLinesMax) faults.Add(line);
        }

        return faults;
    }

    private static BackUpException Failed(IReadOnlyList<string> command, string failure, List<string> faults)
    {
        string program = Path.GetFileName(command.First(part => Path.GetFileName(part).StartsWith("pg_", StringComparison.Ordinal)));
        return faults.Exists(line => line.Contains(NoSpace, StringComparison.Ordinal))
            ? new BackUpException(BackUpFaults.DiskFull, $"The disk is full: {faults[0]}")
            : new BackUpException(failure, $"{program} failed: {(faults.Count == 0 ? "it did not say why" : string.Join(" / ", faults))}");
    }
}
