using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Users;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Users;

/// <summary>`stepcloud user create`: an administrator of the installation, or a member of an organization, with a mailbox and a password or without.</summary>
internal sealed class UserCreateCommand(TimeProvider clock)
{
    private static readonly AuditDoer Doer = AuditDoer.System("stepcloud user create");

    private readonly Option<string> _name = new("--name") { Description = "How others know the user.", HelpName = "NAME", Required = true };
    private readonly Option<string?> _email = new("--email")
    {
        Description = "To sign in with; the password is typed, or read from the standard input. Without it the user comes in with access keys alone.",
        HelpName = "EMAIL",
    };

    private readonly OrganizationOption _organization = new("Whose member the user is.");
    private readonly Option<string?> _role = new("--role") { Description = string.Join(", ", Roles.OfOrganization) + ".", HelpName = "ROLE" };
    private readonly Option<bool> _administrator = new("--administrator") { Description = "An administrator of the installation, of no organization." };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("create", "Make a user of an organization, or an administrator.") { _name, _email, _role, _administrator, _json };
        _organization.AddTo(command);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CreateAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> CreateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Wish wish = Read(parsed);
        IConfiguration configuration = _common.CreateBuilder(parsed).Configuration;
        return DatabaseOnly.UseAsync(
            configuration,
            async database =>
            {
                UserId id = UserId.New(clock);
                if (await RefusalAsync(id, wish, database.Database, configuration, cancellationToken) is { } refusal) throw refusal;
                UserRow made = (await new UserQueries(database.Database).FindAsync(organization: null, id, cancellationToken))!;
                Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(new { user = made }) : UserText.Of(made));
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }

    /// <returns>Why the user was not made; null when he was.</returns>
    private async Task<CommandRefusedException?> RefusalAsync(
        UserId id, Wish wish, StepCloudDatabase database, IConfiguration configuration, CancellationToken cancellationToken)
    {
        if (wish.Organization is { } organization)
        {
            if (await new OrganizationQueries(database).FindNameAsync(organization, cancellationToken) is null)
                return OrganizationOption.NotFound(organization);
            if (wish.Email is null)
            {
                NewMember member = new(id, organization, wish.Name, wish.Role);
                return await new MemberStore(database, clock).AddAsync(member, Doer, cancellationToken) == MemberChange.Done
                    ? null
                    : new CommandRefusedException("too_many_members", $"The organization has {NewMember.MembersMax} members already.");
            }
        }

        if (await new UserQueries(database).FindByEmailAsync(wish.Email!, cancellationToken) is not null) return Taken();
        string hash = await PasswordInput.ReadHashAsync(wish.Email!, file: null, configuration, cancellationToken);
        NewUser user = new(id, wish.Organization, wish.Email!, wish.Name, hash, [wish.Role]);
        return await new OperatorAccounts(database, clock).CreateAsync(user, Doer, cancellationToken)
            ? null
            : Taken();

        CommandRefusedException Taken() => new("email_taken", $"{wish.Email} has an account already: see 'stepcloud user show'.");
    }

    private Wish Read(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name).Trim();
        if (UserNames.Fault(name) is { } fault) throw new SettingException("--name", fault);
        string? email = null;
        if (parsed.GetValue(_email) is { } text)
            email = EmailAddresses.Parse(text) ?? throw new SettingException("--email", $"'{text}' is no e-mail address.");
        OrganizationId? organization = _organization.Read(parsed);
        string? role = parsed.GetValue(_role);
        if (parsed.GetValue(_administrator))
        {
            if (organization is not null || role is not null)
                throw new SettingException("--administrator", "an administrator belongs to no organization and has no other role.");
            if (email is null) throw new SettingException("--email", "an administrator signs in with an e-mail address and a password.");
            return new Wish(name, email, null, Roles.Administrator);
        }

        if (organization is null) throw new SettingException("--organization", "name the organization, or make an --administrator.");
        if (role is null || !Roles.OfOrganization.Contains(role))
            throw new SettingException("--role", $"it must be one of {string.Join(", ", Roles.OfOrganization)}.");
        if (role == Roles.Owner && email is null) throw new SettingException("--email", "an owner signs in with an e-mail address and a password.");
        return new Wish(name, email, organization, role);
    }

    /// <summary>What the command line asks for, checked.</summary>
    private sealed record Wish(string Name, string? Email, OrganizationId? Organization, string Role);
}
