using System.CommandLine;
using StepCloud.GatewaySim.Server;

namespace StepCloud.GatewaySim.Commands;

/// <summary>The whole command line, and how its failures are told: one line, and an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, CommandContext context, TextWriter errors, CancellationToken cancellationToken)
    {
        RootCommand root = new("Gateways and devices of a simulated shop, that really speak MQTT and HTTP.")
        {
            new EnrollCommand().Build(context),
            new PairCommand().Build(context),
            new RunCommand().Build(context),
            new ReplayCommand().Build(context),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
                await errors.WriteLineAsync(message);
            return ExitCodes.UserError;
        }
        try
        {
            // Signals are ours: stopping takes as long as the outboxes take to empty.
            InvocationConfiguration configuration = new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (UserErrorException e)
        {
            await errors.WriteLineAsync(e.Message);
            return ExitCodes.UserError;
        }
        catch (ServerRefusedException e)
        {
            await errors.WriteLineAsync($"The server refused: {e.Message}");
            return ExitCodes.Incomplete;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Incomplete;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            await errors.WriteLineAsync(e.Message);
            return ExitCodes.Incomplete;
        }
    }
}
