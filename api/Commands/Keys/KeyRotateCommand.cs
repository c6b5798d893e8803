using System.CommandLine;
using Microsoft.Extensions.Options;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Keys;

/// <summary>`stepcloud key rotate`: does today what the schedule does later.</summary>
internal sealed class KeyRotateCommand(TimeProvider clock)
{
    private readonly Option<bool> _now = new("--now")
    {
        Description = "The new key signs at once, not only when everybody can have seen it.",
    };

    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("rotate", "Publish a new key, which takes over from the one that signs.") { _now, _json };
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RotateAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> RotateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IConfiguration configuration = _common.CreateBuilder(parsed).Configuration;
        SigningKeyOptions options = SettingsCheck.Read<SigningKeyOptions>(configuration, SigningKeyOptions.Section);
        return DatabaseOnly.UseAsync(
            configuration,
            async database =>
            {
                StoredSigningKeys store = new(new SigningKeyStore(database.Database), await database.MasterKeyAsync(cancellationToken), "stepcloud key rotate");
                SigningKeyRotation rotation = new(store, Options.Create(options), clock);
                StoredSigningKey next = await rotation.RotateAsync(parsed.GetValue(_now), cancellationToken)
                    ?? throw new CommandRefusedException("made_elsewhere", "Another process made a new key in this moment: see 'stepcloud key list'.");
                Console.WriteLine(parsed.GetValue(_json)
                    ? CommandJson.Text(new { kid = next.KeyId, signs_from = next.Life.SignsFrom })
                    : $"{next.KeyId} is published; it signs from {next.Life.SignsFrom:u}.");
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }
}
