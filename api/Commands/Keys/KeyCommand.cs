using System.CommandLine;

namespace StepCloud.Api.Commands.Keys;

/// <summary>`stepcloud key`: the keys that sign access tokens, and the keys of organizations.</summary>
internal static class KeyCommand
{
    public static Command Create(TimeProvider clock) => new("key", "The keys that sign access tokens, and the keys of organizations.")
    {
        new KeyListCommand(clock).Create(),
        new KeyRotateCommand(clock).Create(),
        new KeyRevokeCommand(clock).Create(),
        new OrganizationKeyCommand(clock).Create(),
    };
}
