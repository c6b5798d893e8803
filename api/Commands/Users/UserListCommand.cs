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
    private const int PageRows = 1000;

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
                List<UserRow> users = await ReadAsync(new UserQueries(database.Database), organization, email, cancellationToken);
                AuditSubject subject = organization is { } id
                    ? new AuditSubject(AuditSubject.Organization, id.Value)
                    : new AuditSubject(AuditSubject.Installation, AuditSubject.Installation);
                await new AuditTrail(database.Database, clock).AppendAsync(
                    new PersonalRead(
                        organization, AuditDoer.System("stepcloud user list"), AuditSubject.User, subject, new { organization = organization?.Value, email },
                        users.Count),
                    cancellationToken);
                if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { users }));
                else if (users.Count == 0) Console.WriteLine("There is no such user.");
                else foreach (UserRow user in users) Console.WriteLine(UserText.Of(user));
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }

    private static async Task<List<UserRow>> ReadAsync(
        UserQueries queries, OrganizationId? organization, string? email, CancellationToken cancellationToken)
    {
        List<UserRow> users = [];
        IReadOnlyList<UserRow> page;
        do
        {
            page = await queries.ListAsync(organization, email, users.LastOrDefault()?.Id, PageRows, cancellationToken);
            users.AddRange(page);
        }
        while (page.Count == PageRows);

        return users;
    }
}
