using System.CommandLine;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Users;

/// <summary>`stepcloud user`: who may come in.</summary>
internal static class UserCommand
{
    public static Command Create(TimeProvider clock) => new("user", "Users of organizations and administrators of the installation.")
    {
        new UserListCommand(clock).Create(),
        new UserCreateCommand(clock).Create(),
        new OneUserCommand(clock, "show", "A user, by e-mail address or id.", ShowAsync).Create(),
        new OneUserCommand(clock, "disable", "Keep a user out: all sessions end at once.", DisableAsync).Create(),
        new OneUserCommand(clock, "enable", "Let a disabled user in again.", EnableAsync).Create(),
        new OneUserCommand(clock, "erase", "Delete an account: name, address and secrets are gone, the id stays with what was done. There is no way back.", EraseAsync).Create(),
        new UserExportCommand(clock).Create(),
        new UserPasswordCommand(clock).Create(),
        new OneUserCommand(
            clock, "reset-second-factor", "Let a user who has lost the authenticator app sign in by password alone.", ResetSecondFactorAsync).Create(),
    };

    private static async Task<UserDone> ShowAsync(UserTask task, CancellationToken cancellationToken)
    {
        await new AuditTrail(task.Database, task.Clock).AppendAsync(
            PersonalRead.OfUser(task.User.Organization, task.Doer, AuditSubject.User, task.User.Id, rows: 1), cancellationToken);
        return UserDone.Good("found", UserText.Of(task.User));
    }

    private static async Task<UserDone> DisableAsync(UserTask task, CancellationToken cancellationToken) =>
        await new MemberStore(task.Database, task.Clock).DisableAsync(organization: null, task.User.Id, task.Doer, cancellationToken) switch
        {
            MemberChange.LastAdministrator => UserDone.Bad(
                "last_administrator", "This is the last administrator: make another first with 'stepcloud user create --administrator'."),
            _ => UserDone.Good("disabled", $"{task.Name} is disabled; all sessions have ended."),
        };

    private static async Task<UserDone> EraseAsync(UserTask task, CancellationToken cancellationToken)
    {
        UserDone disabled = await DisableAsync(task, cancellationToken);
        if (!disabled.IsGood) return disabled;
        await new UserErasure(task.Database, task.Clock).EraseAsync(task.User.Id, task.Doer, cancellationToken);
        return UserDone.Good("erased", $"The account {task.User.Id} is erased.");
    }

    private static async Task<UserDone> EnableAsync(UserTask task, CancellationToken cancellationToken)
    {
        await new MemberStore(task.Database, task.Clock).EnableAsync(organization: null, task.User.Id, task.Doer, cancellationToken);
        return UserDone.Good("enabled", $"{task.Name} may come in.");
    }

    private static async Task<UserDone> ResetSecondFactorAsync(UserTask task, CancellationToken cancellationToken)
    {
        if (!task.User.SecondFactor) return UserDone.Bad("no_second_factor", $"{task.Name} has no second factor.");
        return await new SecondFactors(task.Database, task.Clock).DeleteAsync(task.User.Id, task.Doer, cancellationToken)
            ? UserDone.Good("reset", $"{task.Name} signs in by password alone until a new authenticator app is set up.")
            : UserDone.Bad("user_disabled", $"{task.Name} is disabled: enable first with 'stepcloud user enable'.");
    }
}

/// <summary>A user on one line, its columns aligned with those of others as far as they can be.</summary>
internal static class UserText
{
    public static string Of(UserRow user)
    {
        string state = user.DisabledAt is { } at ? $", disabled {at:u}" : "";
        string second = user.SecondFactor ? ", second factor" : "";
        string organization = user.Organization is { } id ? $"{user.OrganizationName} ({id})" : "the installation";
        return $"{user.Id}  {string.Join(',', user.Roles),-13}  {user.Email ?? "no mailbox"}  {user.Name}, of {organization}{second}{state}";
    }
}
