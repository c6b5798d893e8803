using System.CommandLine;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Sessions;

/// <summary>`stepcloud session`: who is signed in, and the end of it.</summary>
internal static class SessionCommand
{
    public static Command Create(TimeProvider clock) => new("session", "Sessions of users and gateways.")
    {
        new SessionListCommand(clock).Create(),
        new SessionEndCommand(clock).Create(),
    };
}

/// <summary>Whose sessions a command means: a user's by e-mail, or a gateway's by id.</summary>
internal sealed class HolderOptions
{
    private readonly Option<string?> _user = new("--user") { Description = "A user's e-mail address.", HelpName = "EMAIL" };
    private readonly Option<string?> _gateway = new("--gateway") { Description = "A gateway's id.", HelpName = "ID" };

    public void AddTo(Command command)
    {
        command.Options.Add(_user);
        command.Options.Add(_gateway);
    }

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_user) is not null || parsed.GetValue(_gateway) is not null;

    /// <returns>Null when there is no such user.</returns>
    /// <exception cref="SettingException">Not exactly one is named, or it is no id.</exception>
    public async Task<(HolderKind Kind, Guid Holder)?> FindAsync(
        ParseResult parsed, StepCloudDatabase database, TimeProvider clock, CancellationToken cancellationToken)
    {
        switch (parsed.GetValue(_user), parsed.GetValue(_gateway))
        {
            case ({ } email, null):
                UserId? user = await new UserRegistry(database, clock).FindByEmailAsync(email, cancellationToken);
                return user is { } found ? (HolderKind.User, found.Value) : null;
            case (null, { } text):
                return GatewayId.TryParse(text, null, out GatewayId gateway)
                    ? (HolderKind.Gateway, gateway.Value)
                    : throw new SettingException("--gateway", $"'{text}' is not a gateway's id.");
            default:
                throw new SettingException("--user", "name a user with --user EMAIL, or a gateway with --gateway ID.");
        }
    }
}
