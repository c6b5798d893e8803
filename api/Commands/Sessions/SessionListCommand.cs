using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Sessions;

/// <summary>`stepcloud session list`.</summary>
internal sealed class SessionListCommand(TimeProvider clock)
{
    private readonly HolderOptions _holder = new();
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("list", "The open sessions of a user or of a gateway.") { _json };
        _holder.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken) => DatabaseOnly.UseAsync(
        _common.CreateBuilder(parsed).Configuration,
        async database =>
        {
            if (await _holder.FindAsync(parsed, database.Database, clock, cancellationToken) is not var (kind, holder))
            {
                Console.Error.WriteLine("There is no such user.");
                return ExitCodes.Bad;
            }

            IReadOnlyList<SessionRow> sessions =
                await new SessionQueries(database.Database).ListOpenAsync(kind, holder, clock.GetUtcNow(), cancellationToken);
            if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { sessions }));
            else if (sessions.Count == 0) Console.WriteLine("No session is open.");
            else foreach (SessionRow row in sessions) Console.WriteLine($"{row.Id}  since {row.CreatedAt:u}, used {row.LastUsedAt:u} from {row.RemoteAddress}, {row.Agent}");
            return ExitCodes.Good;
        },
        clock,
        cancellationToken);
}
