using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Commands.Users;
using StepCloud.Api.Demo;
using StepCloud.Api.Hosting;
using StepCloud.Api.Passwords;
using StepCloud.Api.Settings;
using StepCloud.Api.Users;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud init`: a new installation, from nothing to its first administrator.</summary>
internal sealed class InitCommand(TimeProvider clock)
{
    private static readonly AuditDoer Doer = AuditDoer.System("stepcloud init");

    private readonly Option<string?> _email = new("--email") { Description = "The administrator's address, to sign in with. Asked for at a terminal.", HelpName = "EMAIL" };
    private readonly Option<string> _name = new("--name") { Description = "How others know the administrator (Administrator).", HelpName = "NAME", DefaultValueFactory = _ => "Administrator" };
    private readonly Option<FileInfo?> _passwordFile = new("--password-file")
    {
        Description = "Holds the password on its first line. Without it, the password is typed, or read from the standard input.", HelpName = "FILE",
    };

    private readonly Option<bool> _demo = new("--demo") { Description = "With a demo organization, its site and its owner, whose password is told this once." };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("init", "Begin an installation: bring the database to this version, and make its first administrator.") { _email, _name, _passwordFile, _demo, _json };
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => InitAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> InitAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string name = parsed.GetRequiredValue(_name).Trim();
        if (UserNames.Fault(name) is { } fault) throw new SettingException("--name", fault);
        string? given = parsed.GetValue(_email);
        // Whoever has written no address, and cannot be asked, learns that before anything is made.
        if (given is null && Console.IsInputRedirected) throw new SettingException("--email", "name the administrator's address; there is no terminal to ask at.");
        string? email = given is null ? null : Parse(given);
        IConfiguration configuration = _common.CreateBuilder(parsed).Configuration;
        return DatabaseOnly.MakeAsync(
            configuration,
            async database =>
            {
                int migrations = await database.MigrateAsync(cancellationToken);
                InstallationStore store = new(database.Database, clock);
                if (await store.HasAdministratorAsync(cancellationToken)) throw InitializedBefore();
                bool isDemo = parsed.GetValue(_demo);
                if (isDemo && !await store.IsEmptyAsync(cancellationToken)) throw NotEmpty();

                email ??= Parse(PasswordInput.Ask("The administrator's e-mail address: "));
                string hash = await PasswordInput.ReadHashAsync(email, parsed.GetValue(_passwordFile), configuration, cancellationToken);
                NewUser administrator = new(UserId.New(clock), null, email, name, hash, [Roles.Administrator]);
                string? demoPassword = isDemo
                    ? await MakeDemoAsync(store, administrator, database.Database, configuration, cancellationToken)
                    : await MakeAsync(store, administrator, cancellationToken);
                UserRow made = (await new UserQueries(database.Database).FindAsync(organization: null, administrator.Id, cancellationToken))!;
                Tell(parsed, migrations, made, demoPassword);
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }

    private static async Task<string?> MakeAsync(InstallationStore store, NewUser administrator, CancellationToken cancellationToken) =>
        await store.CreateAdministratorAsync(administrator, Doer, cancellationToken) switch
        {
            FirstAdministrator.Made => null,
            FirstAdministrator.HasOne => throw InitializedBefore(),
            _ => throw new CommandRefusedException("email_taken", $"{administrator.Email} is the address of an organization's member. Choose another one."),
        };

    /// <returns>The password of the demo's owner.</returns>
    private async Task<string?> MakeDemoAsync(
        InstallationStore store, NewUser administrator, StepCloudDatabase database, IConfiguration configuration, CancellationToken cancellationToken)
    {
        using PasswordHasher passwords = PasswordInput.Hasher(configuration);
        DemoInstallation demo = new(store, new UserRegistry(database, clock), passwords, clock);
        return await demo.CreateAsync(administrator, Doer, cancellationToken) ?? throw NotEmpty();
    }

    private void Tell(ParseResult parsed, int migrations, UserRow administrator, string? demoPassword)
    {
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(CommandJson.Text(new
            {
                migrations, administrator, demo = demoPassword is null ? null : new { email = DemoInstallation.OwnerEmail, password = demoPassword },
            }));
            return;
        }

        Console.WriteLine($"The database is ready ({migrations} migrations were applied), and {administrator.Email} is the administrator.");
        if (demoPassword is not null) Console.WriteLine($"The demo organization's owner is {DemoInstallation.OwnerEmail}, password (shown this once): {demoPassword}");
        Console.WriteLine("Start the server with 'stepcloud serve'.");
    }

    private static string Parse(string email) => EmailAddresses.Parse(email) ?? throw new SettingException("--email", $"'{email}' is no e-mail address.");

    private static CommandRefusedException InitializedBefore() => new(
        "initialized_before",
        "The installation has an administrator already. Make another with 'stepcloud user create --administrator --email EMAIL --name NAME', "
        + "or give one a new password with 'stepcloud user set-password EMAIL'.");

    private static CommandRefusedException NotEmpty() => new(
        "not_empty", "There are users already, and demo data are made in an empty installation alone. Leave out --demo.");
}
