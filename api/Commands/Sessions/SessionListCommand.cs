using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
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
            (HolderKind kind, Guid holder) = await _holder.FindAsync(parsed, database.Database, cancellationToken);
            IReadOnlyList<SessionRow> sessions =
                await new SessionQueries(database.Database).ListOpenAsync(kind, holder, clock.GetUtcNow(), cancellationToken);
            if (kind == HolderKind.User) await RecordAsync(new UserId(holder), sessions.Count, database.Database, cancellationToken);
            if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { sessions }));
            else if (sessions.Count == 0) Console.WriteLine("No session is open.");
            else foreach (SessionRow row in sessions) Console.WriteLine($"{row.Id}  since {row.CreatedAt:u}, by {row.StartedBy}{(row.DeviceId is null ? "" : $" on {row.DeviceId}")}, used {row.LastUsedAt:u} from {row.RemoteAddress}, {row.Agent}");
            return ExitCodes.Good;
        },
        clock,
        cancellationToken);

    /// <summary>Where somebody has been is his own: the look is an entry.</summary>
    private async Task RecordAsync(UserId user, int rows, StepCloudDatabase database, CancellationToken cancellationToken)
    {
        UserRow? row = await new UserQueries(database).FindAsync(organization: null, user, cancellationToken);
        await new AuditTrail(database, clock).AppendAsync(
            PersonalRead.OfUser(row?.Organization, AuditDoer.System("stepcloud session list"), AuditSubject.Session, user, rows), cancellationToken);
    }
}
