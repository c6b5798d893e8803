using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Sessions;

/// <summary>`stepcloud session end`: by its id, or all of a holder. Running servers close its connections at once.</summary>
internal sealed class SessionEndCommand(TimeProvider clock)
{
    private static readonly AuditDoer Doer = AuditDoer.System("stepcloud session end");

    private readonly Argument<string?> _id = new("id")
    {
        Description = "The session's id, as 'session list' shows it.", Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly HolderOptions _holder = new();
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("end", "End a session by its id, or all of a user or a gateway: tokens and connections stop working at once.") { _id, _json };
        _holder.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => EndAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> EndAsync(ParseResult parsed, CancellationToken cancellationToken) => DatabaseOnly.UseAsync(
        _common.CreateBuilder(parsed).Configuration,
        async database =>
        {
            int ended = await EndAsync(parsed, database.Database, cancellationToken);
            Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(new { ended }) : $"{ended} sessions are ended.");
            return ended > 0 ? ExitCodes.Good : throw new CommandRefusedException("none_open", "There was no such open session.");
        },
        clock,
        cancellationToken);

    private async Task<int> EndAsync(ParseResult parsed, StepCloudDatabase database, CancellationToken cancellationToken)
    {
        SessionStore store = new(database);
        DateTimeOffset now = clock.GetUtcNow();
        if (parsed.GetValue(_id) is { } text)
        {
            if (_holder.IsGiven(parsed)) throw new SettingException("id", "name a session, or a holder, and not both.");
            if (!SessionId.TryParse(text, null, out SessionId id)) throw new SettingException("id", $"'{text}' is not a session's id.");
            return await new SessionQueries(database).FindHolderAsync(id, cancellationToken) is var (kind, holder)
                && await store.EndAsync(id, kind, holder, SessionEnds.ByOperator, now, Doer, cancellationToken) ? 1 : 0;
        }

        (HolderKind all, Guid of) = await _holder.FindAsync(parsed, database, cancellationToken);
        return await store.EndAllAsync(all, of, keep: null, SessionEnds.ByOperator, now, Doer, cancellationToken);
    }
}
