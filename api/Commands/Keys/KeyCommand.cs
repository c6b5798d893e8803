using System.CommandLine;

namespace StepCloud.Api.Commands.Keys;

/// <summary>`stepcloud key`: the keys that sign access tokens.</summary>
internal static class KeyCommand
{
    public static Command Create(TimeProvider clock) => new("key", "The keys that sign access tokens.")
    {
        new KeyListCommand(clock).Create(),
        new KeyRotateCommand(clock).Create(),
        new KeyRevokeCommand(clock).Create(),
    };
}
