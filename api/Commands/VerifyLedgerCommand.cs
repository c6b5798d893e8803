using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Api.Ledgers;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud verify-ledger`: holds a gateway's ledger against the database.</summary>
internal sealed class VerifyLedgerCommand(TimeProvider clock)
{
    private readonly Argument<string> _file = new("file") { Description = "The ledger, such as .data/sim/gateways/ID/ledger.log." };
    private readonly Option<string?> _gateway = new("--gateway") { Description = "The gateway's id; taken from the ledger's folder when not given.", HelpName = "ID" };
    private readonly Option<bool> _json = CommandJson.Option();
    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("verify-ledger", "Count what a gateway says it sent against what the database holds.") { _file, _gateway, _json };
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => VerifyAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string file = parsed.GetRequiredValue(_file);
        string name = parsed.GetValue(_gateway) ?? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) ?? "";
        if (!File.Exists(file)) throw new SettingException("file", $"there is no {file}.");
        if (!GatewayId.TryParse(name, null, out GatewayId gateway)) throw new SettingException("--gateway", $"'{name}' is not a gateway's id.");
        LedgerFile ledger = await ReadAsync(file, cancellationToken);

        return await DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                LedgerVerdict verdict = await new LedgerVerifier(new StepQueries(database.Database)).VerifyAsync(gateway, ledger, cancellationToken);
                Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(verdict) : $"{verdict}; {verdict.Refused} refused");
                return verdict.IsGood ? ExitCodes.Good : ExitCodes.Bad;
            },
            clock,
            cancellationToken);
    }

    private static async Task<LedgerFile> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await LedgerFile.ReadAsync(file, cancellationToken);
        }
        catch (FormatException e)
        {
            throw new SettingException("file", e.Message, e);
        }
    }
}
