using System.CommandLine;
using StepCloud.Api.Commands;
using StepCloud.Api.Commands.AccessKeys;
using StepCloud.Api.Commands.Gateways;
using StepCloud.Api.Commands.Keys;
using StepCloud.Api.Commands.Sessions;
using StepCloud.Api.Commands.Users;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;

RootCommand root = new("StepCloud: what the devices of small manufacturing lines did, stored so that it can be proved.")
{
    new RunCommand(TimeProvider.System).Create(),
    new ServeCommand(TimeProvider.System).Create(),
    new VerifyLedgerCommand(TimeProvider.System).Create(),
    new AuditCommand(TimeProvider.System).Create(),
    KeyCommand.Create(TimeProvider.System),
    SessionCommand.Create(TimeProvider.System),
    UserCommand.Create(TimeProvider.System),
    new AccessKeyCommand(TimeProvider.System).Create(),
    new GatewayCommand(TimeProvider.System).Create(),
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    // The first: what follows is often only its consequence.
    Console.Error.WriteLine($"{parsed.Errors[0].Message} Try --help.");
    return ExitCodes.Usage;
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
    Console.Error.WriteLine(e.Message);
    return ExitCodes.Usage;
}
catch (StartException e)
{
    Console.Error.WriteLine($"StepCloud cannot start: {e.Message}");
    return ExitCodes.Bad;
}
catch (OperationCanceledException)
{
    return ExitCodes.Good;
}
