using System.CommandLine;
using StepCloud.Api.Commands;
using StepCloud.Api.Commands.AccessKeys;
using StepCloud.Api.Commands.Alarms;
using StepCloud.Api.Commands.BatchRecords;
using StepCloud.Api.Commands.Gateways;
using StepCloud.Api.Commands.Keys;
using StepCloud.Api.Commands.Sessions;
using StepCloud.Api.Commands.Users;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;

RootCommand root = new("StepCloud: what the devices of small manufacturing lines did, stored so that it can be proved.")
{
    new InitCommand(TimeProvider.System).Create(),
    new RunCommand(TimeProvider.System).Create(),
    new ServeCommand(TimeProvider.System).Create(),
    new ReadyCommand().Create(),
    new VerifyLedgerCommand(TimeProvider.System).Create(),
    new AuditCommand(TimeProvider.System).Create(),
    new StepCommand(TimeProvider.System).Create(),
    new JobCommand(TimeProvider.System).Create(),
    new RetentionCommand(TimeProvider.System).Create(),
    KeyCommand.Create(TimeProvider.System),
    SessionCommand.Create(TimeProvider.System),
    new OrganizationCommand(TimeProvider.System).Create(),
    UserCommand.Create(TimeProvider.System),
    new AccessKeyCommand(TimeProvider.System).Create(),
    new GatewayCommand(TimeProvider.System).Create(),
    new AlarmCommand(TimeProvider.System).Create(),
    BatchRecordCommand.Create(),
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    // The first: what follows is often only its consequence.
    return Fail(ExitCodes.Usage, "wrong_command_line", $"{parsed.Errors[0].Message} Try --help.");
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
catch (OperationCanceledException)
{
    return ExitCodes.Good;
}

int Fail(int exitCode, string code, string text)
{
    Console.Error.WriteLine(CommandJson.IsAsked(parsed) ? CommandJson.Problem(code, text, exitCode) : text);
    return exitCode;
}
