using System.CommandLine;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Settings.Catalogue;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud config check`: every setting, what it is and where that comes from, and everything that is wrong at once. Starts nothing.</summary>
/// <param name="engine">Of the program whose settings they are: on another one there are more.</param>
internal sealed class ConfigCommand(ActorEngine engine)
{
    private readonly CommonOptions _common = new CommonOptions().WithRole();
    private readonly Option<bool> _json = CommandJson.Option();

    public Command Create()
    {
        Command check = new("check", "Show every setting with its value, default, range and origin; exit code 0 when a server could start with them. Secrets are not shown.") { _json };
        _common.AddTo(check);
        check.SetAction(parsed => Check(parsed));
        return new Command("config", "The settings of the server.") { check };
    }

    private int Check(ParseResult parsed)
    {
        SettingsReport report = SettingsCheck.Report(_common.CreateBuilder(parsed).Configuration, engine);
        bool isGood = report.Faults.Count == 0;
        if (parsed.GetValue(_json)) Console.WriteLine(CommandJson.Text(new { isGood, report.Settings, report.Faults, report.Warnings }));
        else Print(report);
        return isGood ? ExitCodes.Good : ExitCodes.Bad;
    }

    private static void Print(SettingsReport report)
    {
        string[][] rows =
        [
            ["setting", "value", "default", "allowed", "from"],
            .. report.Settings.Select(setting => (string[])[setting.Name, setting.Value, setting.Default == setting.Value ? "" : setting.Default, setting.Allowed, setting.From]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows) Console.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        foreach (string warning in report.Warnings) Console.Error.WriteLine($"Warning: {warning}");
        foreach (SettingFault fault in report.Faults) Console.Error.WriteLine(fault);
    }
}
