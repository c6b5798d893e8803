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
    private readonly Argument<string> _file = new("file") { Description = "The ledger, such as .data/sim/gateways/ID/ledger.log; or a folder, for all that are in it." };
    private readonly Option<string?> _gateway = new("--gateway") { Description = "The gateway's id; taken from the name of the ledger's folder when not given.", HelpName = "ID" };
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
        List<(GatewayId Gateway, LedgerFile Ledger)> ledgers = [];
        foreach (string ledger in FilesIn(file)) ledgers.Add((GatewayOf(ledger, parsed), await ReadAsync(ledger, cancellationToken)));

        return await DatabaseOnly.UseAsync(
            _common.CreateBuilder(parsed).Configuration,
            async database =>
            {
                LedgerVerifier verifier = new(new StepQueries(database.Database), new RejectedMessageStore(database.Database, clock));
                LedgerVerdict verdict = LedgerVerdict.Nothing;
                foreach ((GatewayId gateway, LedgerFile ledger) in ledgers) verdict += await verifier.VerifyAsync(gateway, ledger, cancellationToken);
                Console.WriteLine(parsed.GetValue(_json) ? CommandJson.Text(verdict) : $"{verdict}; {verdict.Refused} refused");
                return verdict.IsGood ? ExitCodes.Good : ExitCodes.Bad;
            },
            clock,
            cancellationToken);
    }

    private static string[] FilesIn(string path)
    {
        if (File.Exists(path)) return [path];
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "ledger.log", SearchOption.AllDirectories) : [];
        return files.Length > 0 ? files : throw new SettingException("file", Directory.Exists(path) ? $"there is no ledger.log in {path}." : $"there is no {path}.");
    }

    private GatewayId GatewayOf(string ledger, ParseResult parsed)
    {
        string name = parsed.GetValue(_gateway) ?? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(ledger))) ?? "";
        return GatewayId.TryParse(name, null, out GatewayId gateway) ? gateway : throw new SettingException("--gateway", $"'{name}' is not a gateway's id.");
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
