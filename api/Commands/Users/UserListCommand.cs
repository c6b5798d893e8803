using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Users;

/// <summary>`stepcloud user list`. The look is an entry of the audit, as it is in the API.</summary>
internal sealed class UserListCommand(TimeProvider clock)
{
    private readonly OrganizationOption _organization = new("Only of this organization.");
    private readonly Option<string?> _email = new("--email") { Description = "Only those with this in their address.", HelpName = "TEXT" };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("list", "Users of every organization, and administrators.") { _email, _json };
        _organization.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        OrganizationId? organization = _organization.Read(parsed);
        string? email = parsed.GetValue(_email);
        return DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                await OrganizationOption.RequireAsync(organization, database.Database, cancellationToken);
                UserQueries queries = new(database.Database);
                List<UserRow> users = await AllPages.ReadAsync<UserRow>(
                    (last, count) => queries.ListAsync(organization, email, last?.Id, count, cancellationToken));
                await new AuditTrail(database.Database, clock).AppendAsync(
                    PersonalRead.OfList(
                        organization, AuditDoer.System("stepcloud user list"), AuditSubject.User, new { organization = organization?.Value, email }, users.Count),
                    cancellationToken);
                if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { users }));
                else if (users.Count == 0) Console.WriteLine("There is no such user.");
                else foreach (UserRow user in users) Console.WriteLine(UserText.Of(user));
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }
}
