using System.CommandLine;
using StepCloud.Api.Commands.Users;
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

/// <summary>Whose sessions a command means: a user's by e-mail or id, or a gateway's by id.</summary>
internal sealed class HolderOptions
{
    private readonly Option<string?> _user = new("--user") { Description = "A user's e-mail address or id.", HelpName = "USER" };
    private readonly Option<string?> _gateway = new("--gateway") { Description = "A gateway's id.", HelpName = "ID" };

    public void AddTo(Command command)
    {
        command.Options.Add(_user);
        command.Options.Add(_gateway);
    }

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_user) is not null || parsed.GetValue(_gateway) is not null;

    /// <exception cref="SettingException">Not exactly one is named, or it is no id.</exception>
    /// <exception cref="CommandRefusedException">There is no such user.</exception>
    public async Task<(HolderKind Kind, Guid Holder)> FindAsync(ParseResult parsed, StepCloudDatabase database, CancellationToken cancellationToken)
    {
        switch (parsed.GetValue(_user), parsed.GetValue(_gateway))
        {
            case ({ } user, null):
                return (HolderKind.User, (await UserArgument.FindAsync(user, database, cancellationToken)).Id.Value);
            case (null, { } text):
                return GatewayId.TryParse(text, null, out GatewayId gateway)
                    ? (HolderKind.Gateway, gateway.Value)
                    : throw new SettingException("--gateway", $"'{text}' is not a gateway's id.");
            default:
                throw new SettingException("--user", "name a user with --user USER, or a gateway with --gateway ID.");
        }
    }
}
