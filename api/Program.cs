using System.CommandLine;
using System.CommandLine.Parsing;
using StepCloud.Api.Commands;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;

RootCommand root = new("StepCloud: what the devices of small manufacturing lines did, stored so that it can be proved.")
{
    new RunCommand(TimeProvider.System).Create(),
    new ServeCommand(TimeProvider.System).Create(),
    new VerifyLedgerCommand(TimeProvider.System).Create(),
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (ParseError error in parsed.Errors) Console.Error.WriteLine(error.Message);
    return ExitCodes.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
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
