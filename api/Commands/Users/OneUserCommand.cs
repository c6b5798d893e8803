using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Users;

/// <summary>A command that does one thing to one user.</summary>
internal sealed class OneUserCommand(
    TimeProvider clock, string name, string description, Func<UserTask, CancellationToken, Task<UserDone>> work)
{
    private readonly UserArgument _user = new();
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new(name, description) { _json };
        _user.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IConfiguration configuration = _common.CreateBuilder(parsed).Configuration;
        return DatabaseOnly.UseAsync(
            configuration,
            async database =>
            {
                UserRow user = await _user.FindAsync(parsed, database.Database, cancellationToken);
                UserTask task = new(database.Database, clock, configuration, user, AuditDoer.System($"stepcloud user {name}"));
                UserDone done = await work(task, cancellationToken);
                if (parsed.GetValue(_json))
                {
                    // As it stands afterwards.
                    UserRow now = (await new UserQueries(database.Database).FindAsync(organization: null, user.Id, cancellationToken))!;
                    Console.WriteLine(CommandJson.Text(new { done.Outcome, user = now }));
                }
                else if (done.IsGood) Console.WriteLine(done.Text);
                return done.IsGood ? ExitCodes.Good : throw new CommandRefusedException(done.Outcome, done.Text);
            },
            clock,
            cancellationToken);
    }
}

/// <summary>What a command that does something to a user works with.</summary>
internal sealed record UserTask(StepCloudDatabase Database, TimeProvider Clock, IConfiguration Configuration, UserRow User, AuditDoer Doer)
{
    /// <summary>How people know the user.</summary>
    public string Name => User.Email ?? User.Name;
}

/// <param name="Outcome">A stable word, for programs.</param>
internal sealed record UserDone(bool IsGood, string Outcome, string Text)
{
    public static UserDone Good(string outcome, string text) => new(true, outcome, text);

    public static UserDone Bad(string outcome, string text) => new(false, outcome, text);
}

/// <summary>The user that a command is about.</summary>
internal sealed class UserArgument
{
    private readonly Argument<string> _user = new("user") { Description = "E-mail address or id, as 'user list' shows them." };

    public void AddTo(Command command) => command.Arguments.Add(_user);

    public Task<UserRow> FindAsync(ParseResult parsed, StepCloudDatabase database, CancellationToken cancellationToken) =>
        FindAsync(parsed.GetRequiredValue(_user), database, cancellationToken);

    /// <exception cref="CommandRefusedException">There is none.</exception>
    public static async Task<UserRow> FindAsync(string text, StepCloudDatabase database, CancellationToken cancellationToken)
    {
        UserQueries users = new(database);
        UserRow? user = UserId.TryParse(text, null, out UserId id)
            ? await users.FindAsync(organization: null, id, cancellationToken)
            : await users.FindByEmailAsync(text, cancellationToken);
        return user ?? throw new CommandRefusedException(CommandRefusedException.NotFound, $"There is no user {text}: see 'stepcloud user list'.");
    }
}
