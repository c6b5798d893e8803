using System.CommandLine;
using System.Diagnostics;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Keys;

/// <summary>`stepcloud key revoke`: the key is compromised. It needs no master key: whoever is in haste may not have it at hand.</summary>
internal sealed class KeyRevokeCommand(TimeProvider clock)
{
    private readonly Argument<string> _keyId = new("kid") { Description = "The key's id, as 'key list' shows it." };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("revoke", "Take a compromised key out of use: no token of it is accepted any more.") { _keyId, _json };
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RevokeAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> RevokeAsync(ParseResult parsed, CancellationToken cancellationToken) => DatabaseOnly.UseAsync(
        _common.CreateBuilder(parsed).Configuration,
        async database =>
        {
            string keyId = parsed.GetRequiredValue(_keyId);
            RevokeKeyOutcome outcome = await new SigningKeyStore(database.Database).RevokeAsync(
                keyId, AuditDoer.System("stepcloud key revoke"), clock.GetUtcNow(), cancellationToken);
            if (outcome == RevokeKeyOutcome.NoSuchKey)
                throw new CommandRefusedException(CommandRefusedException.NotFound, $"There is no key {keyId}: see 'stepcloud key list'.");
            Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(new { kid = keyId, outcome }) : TextOf(keyId, outcome));
            return ExitCodes.Good;
        },
        clock,
        cancellationToken);

    private static string TextOf(string keyId, RevokeKeyOutcome outcome) => outcome switch
    {
        RevokeKeyOutcome.Revoked => $"{keyId} is revoked: its tokens are refused, and their holders refresh them under another key.",
        RevokeKeyOutcome.RevokedBefore => $"{keyId} was revoked before.",
        _ => throw new UnreachableException(),
    };
}
