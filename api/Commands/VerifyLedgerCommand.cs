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
        Command command = new("verify-ledger", "Hold what a gateway says it sent, content by content, against what the database holds, read whole.") { _file, _gateway, _json };
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
                LedgerVerifier verifier = new(new StepVerification(database.Database), new RejectedMessageStore(database.Database, clock));
                LedgerVerdict verdict;
                using (ProgressLine progress = new("steps")) verdict = await verifier.VerifyAsync(ledgers, progress, cancellationToken);
                if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(verdict));
                else Tell(verdict);
                return verdict.IsGood ? ExitCodes.Good : ExitCodes.Bad;
            },
            clock,
            cancellationToken);
    }

    private static void Tell(LedgerVerdict verdict)
    {
        foreach (AlteredStep altered in verdict.AlteredSteps) Console.WriteLine($"{altered.Step} of gateway {altered.Gateway}: {altered.Fault}");
        string thinned = verdict.Thinned > 0 ? $", {verdict.Thinned} thinned by retention" : "";
        Console.WriteLine($"{verdict}; {verdict.Refused} refused; {verdict.ByContents} judged by their contents, {verdict.BySamplesOnly} only by their number of samples{thinned}");
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
