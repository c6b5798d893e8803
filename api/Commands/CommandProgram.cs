using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Settings.Catalogue;
using StepCloud.Storage.BackUp;

namespace StepCloud.Api.Commands;

/// <summary>Runs a program of commands, and puts into words what went wrong.</summary>
internal static class CommandProgram
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // The first: what follows is often only its consequence.
            return Fail(ExitCodes.Usage, "wrong_command_line", $"{parsed.Errors[0].Message}{Meant(parsed)} Try --help.");
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // After Ctrl-C: the shop delivers what it holds (20 s), the server commits what is under way, PostgreSQL writes its checkpoint.
                ProcessTerminationTimeout = TimeSpan.FromMinutes(2),
            });
        }
        catch (SettingException e)
        {
            return Fail(ExitCodes.Usage, "wrong_setting", e.Message);
        }
        catch (StartException e)
        {
            return Fail(ExitCodes.Bad, "cannot_start", $"StepCloud cannot start: {e.Message}");
        }
        catch (CommandRefusedException e)
        {
            return Fail(ExitCodes.Bad, e.Code, e.Message);
        }
        catch (BackUpException e)
        {
            return Fail(ExitCodes.Bad, e.Code, e.Message);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Good;
        }

        // An option that there is not: most likely it is another one's name mistyped.
        static string Meant(ParseResult parsed) =>
            parsed.UnmatchedTokens.FirstOrDefault(token => token.StartsWith("--", StringComparison.Ordinal)) is { } unknown
            && NearestName.Of(unknown, parsed.CommandResult.Command.Options.Select(option => option.Name)) is { } nearest
                ? $" Is {nearest} meant?"
                : "";

        int Fail(int exitCode, string code, string text)
        {
            Console.Error.WriteLine(CommandJson.IsAsked(parsed) ? CommandJson.Problem(code, text, exitCode) : text);
            return exitCode;
        }
    }
}
