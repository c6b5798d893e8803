using System.CommandLine;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Users;

/// <summary>`stepcloud user set-password`: for those who can get no mail.</summary>
internal sealed class UserPasswordCommand(TimeProvider clock)
{
    public Command Create() => new OneUserCommand(
        clock, "set-password", "Give a user another password, typed or from the standard input: all sessions end.", SetAsync).Create();

    private static async Task<UserDone> SetAsync(UserTask task, CancellationToken cancellationToken)
    {
        if (task.User.Email is not { } email)
            return UserDone.Bad("no_mailbox", $"{task.Name} has no e-mail address to sign in with: make an access key with 'stepcloud access-key create'.");
        string hash = await PasswordInput.ReadHashAsync(email, file: null, task.Configuration, cancellationToken);
        await new OperatorAccounts(task.Database, task.Clock).SetPasswordAsync(task.User.Id, hash, task.Doer, cancellationToken);
        return UserDone.Good("password_set", $"{email} has a new password; all sessions have ended.");
    }
}
