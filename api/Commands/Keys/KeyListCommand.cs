using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens;
using StepCloud.Storage;

namespace StepCloud.Api.Commands.Keys;

/// <summary>`stepcloud key list`.</summary>
internal sealed class KeyListCommand(TimeProvider clock)
{
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("list", "List the keys: which one signs, which come and which go.") { _json };
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ListAsync(parsed, cancellationToken));
        return command;
    }

    private Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IConfiguration configuration = _common.CreateBuilder(parsed).Configuration;
        TimeSpan tokenLifetime = SettingsCheck.Read<AccessTokenOptions>(configuration, AccessTokenOptions.Section).Lifetime;
        return DatabaseOnly.UseAsync(
            configuration,
            async database =>
            {
                ListedKey[] keys =
                [
                    .. from row in await new SigningKeyStore(database.Database).ListAsync(cancellationToken)
                       select ListedKey.Of(row.KeyId, StoredSigningKeys.LifeOf(row), clock.GetUtcNow(), tokenLifetime),
                ];
                if (parsed.GetValue(_json))
                    Console.WriteLine(CommandJson.Text(new { keys }));
                else
                    Array.ForEach(keys, Console.WriteLine);
                return ExitCodes.Good;
            },
            clock,
            cancellationToken);
    }
}
