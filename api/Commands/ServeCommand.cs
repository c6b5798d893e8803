using System.CommandLine;
using StepCloud.Api.Hosting;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud serve`: the server alone, as a service runs it.</summary>
/// <param name="engine">Makes what runs the actors.</param>
internal sealed class ServeCommand(Func<ActorEngine> engine, TimeProvider clock)
{
    private readonly CommonOptions _common = new CommonOptions().WithRole();

    public Command Create()
    {
        Command command = new("serve", "Run the server: no demo data, no simulation, the log on standard output.");
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ServeAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using StepCloudServer server = await StepCloudServer.StartAsync(_common.CreateBuilder(parsed), engine(), clock, cancellationToken);
        Console.WriteLine($"HTTP on {server.HttpAddress}, {server.Does}");
        await AdministratorNotice.WarnAsync(server, cancellationToken);
        await server.WhenStoppingAsync(cancellationToken);
        // Another process has the actors: there is nothing to go on with.
        if (!cancellationToken.IsCancellationRequested) return ExitCodes.Bad;
        await server.DrainAsync();
        return ExitCodes.Good;
    }
}
