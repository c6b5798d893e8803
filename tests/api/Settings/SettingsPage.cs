using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using StepCloud.Api.Settings.Catalogue;

namespace StepCloud.Tests.Api.Settings;

/// <summary>docs/CONFIGURATION.md, made of the options' classes.</summary>
internal static partial class SettingsPage
{
    private const string Head =
        """
        # Configuration

        Every setting of `stepcloud serve`, `stepcloud run` and the commands. A setting is given in one of these ways, and where in several, the last of them counts:

        1. in `appsettings.json` beside the program: `{"Storage": {"ConnectionsMax": 40}}`;
        2. in the environment, with `__` for `:`: `Storage__ConnectionsMax=40`, and `Network__TrustedProxies__0=...` for the first of a list;
        3. in a file of the folder that `STEPCLOUD_SECRETS` names: the file's name as in the environment, its content the value;
        4. on the command line: `--data`, `--address`, `--http-port`, `--mqtt-port`, `--role`.

        A wrong setting stops the start before anything is done, in one line that says which, what was given, what is allowed and where it came from. So does a name that there is not, in a section that there is.
        What is in no section of ours does nothing, and the log warns of it when it stands in `appsettings.json`, begins with `STEPCLOUD_`, or is nearly the name of a setting.

        `stepcloud config check` prints every setting with its value, default, range and origin, and everything that is wrong at once; exit code 0 is "a server could start with these", 1 is not. `--json` is the same for programs.
        What is secret is shown as `set` or `not set` and is never in a message. It touches no database. `stepcloud-silo config check` shows the settings of a cluster too ([OPERATIONS.md](OPERATIONS.md#a-cluster)).

        Times are `[days.]hours:minutes:seconds`, such as `00:00:05` or `7.00:00:00`. A number alone would be days, so it is refused. `Logging:LogLevel:CATEGORY` is the framework's: `Trace`, `Debug`, `Information`, `Warning`, `Error`, `Critical` or `None`.

        This page is made of the options' classes; the suite compares the two. To make it anew: `STEPCLOUD_WRITE_DOCS=1 dotnet test tests/api --filter SettingsCatalogueTests`.

        | setting | what it is | default | allowed |
        | --- | --- | --- | --- |

        """;

    private static readonly Dictionary<string, string> Summaries = Directory.GetFiles(AppContext.BaseDirectory, "*.xml")
        .Where(file => Path.GetFileName(file).StartsWith("stepcloud", StringComparison.OrdinalIgnoreCase))
        .SelectMany(file => XDocument.Load(file).Descendants("member"))
        .Where(member => member.Element("summary") is not null)
        .GroupBy(member => member.Attribute("name")!.Value)
        .ToDictionary(group => group.Key, group => InWords(group.First().Element("summary")!));

    public static string Render(SettingsCatalogue catalogue)
    {
        StringBuilder page = new(Head.ReplaceLineEndings("\n"));
        foreach (SettingDescription setting in catalogue.Settings)
        {
            string given = setting.DefaultInWords ?? (setting.Default.Length == 0 ? "" : $"`{setting.Default}`");
            page.Append($"| `{setting.Name}` | {SummaryOf(setting)}{(setting.IsSecret ? " Secret." : "")} | {given} | {setting.Allowed} |\n");
        }

        return page.ToString();
    }

    /// <summary>What the code says of it; empty when it says nothing.</summary>
    public static string SummaryOf(SettingDescription setting) =>
        Summaries.GetValueOrDefault($"P:{setting.Property.DeclaringType!.FullName}.{setting.Property.Name}", "");

    private static string InWords(XElement summary)
    {
        foreach (XElement reference in summary.Descendants("see").ToArray()) reference.ReplaceWith($"`{reference.Attribute("cref")!.Value.Split('.')[^1]}`");
        return WhiteSpace().Replace(summary.Value, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WhiteSpace();
}
