using System.CommandLine;
using System.Globalization;
using StepCloud.Actors.Ports;
using StepCloud.Api.AccessKeys;
using StepCloud.Api.Commands.Users;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.AccessKeys;

/// <summary>`stepcloud access-key`: what people at shared workstations come in with.</summary>
internal sealed class AccessKeyCommand(TimeProvider clock)
{
    private readonly OrganizationOption _organization = new("Only of this organization.");
    private readonly Option<string?> _user = new("--user") { Description = "Only of this member, by e-mail address or id.", HelpName = "USER" };
    private readonly Option<string> _member = new("--user") { Description = "The member, by e-mail address or id.", HelpName = "USER", Required = true };
    private readonly Option<string> _label = new("--label") { Description = "What it is known by: whose badge, or where it hangs.", HelpName = "TEXT", Required = true };
    private readonly Option<string?> _expires = new("--expires") { Description = "When it ends, such as 2027-01-31 or 2027-01-31T18:00:00Z; never when not given.", HelpName = "TIME" };
    private readonly Argument<string> _id = new("id") { Description = "The key's id, as 'access-key list' shows it." };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command list = new("list", "Access keys, the newest first, disabled ones too.") { _user, _json };
        _organization.AddTo(list);
        list.SetAction((parsed, cancellationToken) => ListAsync(parsed, cancellationToken));
        Command create = new("create", "Make an access key of a member and show it, this once.") { _member, _label, _expires, _json };
        create.SetAction((parsed, cancellationToken) => CreateAsync(parsed, cancellationToken));
        Command disable = new("disable", "Take an access key out of use: its sessions end at once.") { _id, _json };
        disable.SetAction((parsed, cancellationToken) => DisableAsync(parsed, cancellationToken));
        Command command = new("access-key", "Access keys of people at shared workstations.") { list, create, disable };
        foreach (Command one in command.Subcommands) _common.AddTo(one);
        return command;
    }

    private Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        OrganizationId? organization = _organization.Read(parsed);
        return UseAsync(
            parsed,
            async database =>
            {
                await OrganizationOption.RequireAsync(organization, database, cancellationToken);
                UserId? user = null;
                if (parsed.GetValue(_user) is { } text)
                {
                    if (await UserArgument.FindAsync(text, database, cancellationToken) is not { } found) return ExitCodes.Bad;
                    user = found.Id;
                }

                AccessKeyStore store = new(database, clock);
                List<AccessKeyRecord> keys = await AllPages.ReadAsync<AccessKeyRecord>(
                    (last, count) => store.ListAsync(organization, user, last?.Id, count, cancellationToken));
                await new AuditTrail(database, clock).AppendAsync(
                    PersonalRead.OfList(
                        organization, AuditDoer.System("stepcloud access-key list"), AuditSubject.AccessKey,
                        new { organization = organization?.Value, user = user?.Value }, keys.Count),
                    cancellationToken);
                if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { keys }));
                else if (keys.Count == 0) Console.WriteLine("There is no access key.");
                else foreach (AccessKeyRecord key in keys) Console.WriteLine(TextOf(key));
                return ExitCodes.Good;
            },
            cancellationToken);
    }

    private Task<int> CreateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string label = parsed.GetRequiredValue(_label);
        if (AccessKeyRules.LabelFault(label) is { } fault) throw new SettingException("--label", fault);
        DateTimeOffset? expiresAt = ReadExpires(parsed);
        return UseAsync(
            parsed,
            async database =>
            {
                AccessKeyMaker maker = new(new AccessKeyStore(database, clock), clock);
                if (maker.ExpiryFault(expiresAt) is { } expiryFault) throw new SettingException("--expires", expiryFault);
                UserRow user = await UserArgument.FindAsync(parsed.GetRequiredValue(_member), database, cancellationToken);
                (AccessKeyAddition addition, NewAccessKey key, string text) = await maker.MakeAsync(
                    user.Organization, user.Id, label, expiresAt, AuditDoer.System("stepcloud access-key create"), cancellationToken);
                if (addition != AccessKeyAddition.Added) throw RefusalOf(addition, user);
                Console.WriteLine(parsed.GetValue(_json)
                    ? CommandJson.Text(new { key.Id, key.User, key.Label, key.ExpiresAt, key = text })
                    : $"{text}  is the key {key.Id} of {user.Name}. It is shown this once.");
                return ExitCodes.Good;
            },
            cancellationToken);
    }

    private Task<int> DisableAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string text = parsed.GetRequiredValue(_id);
        if (!AccessKeyId.TryParse(text, null, out AccessKeyId id))
            throw new SettingException("id", $"'{text}' is not an access key's id; 'stepcloud access-key list' shows them.");
        return UseAsync(
            parsed,
            async database =>
            {
                AccessKeyDisabling outcome = await new AccessKeyStore(database, clock)
                    .DisableAsync(organization: null, id, AuditDoer.System("stepcloud access-key disable"), cancellationToken);
                if (outcome == AccessKeyDisabling.NoSuchKey)
                    throw new CommandRefusedException(CommandRefusedException.NotFound, $"There is no access key {id}: see 'stepcloud access-key list'.");
                string said = outcome == AccessKeyDisabling.Disabled ? $"{id} is disabled; its sessions have ended." : $"{id} was disabled before.";
                Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(new { id, outcome }) : said);
                return ExitCodes.Good;
            },
            cancellationToken);
    }

    private Task<int> UseAsync(ParseResult parsed, Func<StepCloudDatabase, Task<int>> work, CancellationToken cancellationToken) =>
        DatabaseOnly.UseAsync(_common.CreateBuilder(parsed).Configuration, database => work(database.Database), clock, cancellationToken);

    private DateTimeOffset? ReadExpires(ParseResult parsed) => parsed.GetValue(_expires) switch
    {
        null => null,
        { } text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) => time,
        { } text => throw new SettingException("--expires", $"'{text}' is not a time such as 2027-01-31 or 2027-01-31T18:00:00Z."),
    };

    private static CommandRefusedException RefusalOf(AccessKeyAddition addition, UserRow user) => addition switch
    {
        AccessKeyAddition.MemberDisabled => new("member_disabled", $"{user.Name} is disabled: enable first with 'stepcloud user enable'."),
        AccessKeyAddition.TooMany => new("too_many_access_keys", $"{user.Name} has {NewAccessKey.UsableMax} usable keys already: disable some."),
        _ => new("key_for_owner", $"{user.Name} signs in with a password: owners and administrators have no access keys."),
    };

    private static string TextOf(AccessKeyRecord key)
    {
        string used = key.LastUsedAt is { } at ? $"used {at:u}" : "never used";
        string end = key switch
        {
            { DisabledAt: { } disabled } => $"disabled {disabled:u}",
            { ExpiresAt: { } expires } => $"ends {expires:u}",
            _ => "no end",
        };
        return $"{key.Id}  {key.Label}, of {key.UserName} ({key.User}), made {key.CreatedAt:u}, {used}, {end}";
    }
}
