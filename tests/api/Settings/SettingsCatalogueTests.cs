using System.Text.RegularExpressions;
using Shouldly;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings.Catalogue;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Tools;
using Xunit;

namespace StepCloud.Tests.Api.Settings;

/// <summary>Nobody lists the settings, so none can be forgotten: they are found, shown, bounded and told of on a page.</summary>
public sealed partial class SettingsCatalogueTests
{
    private static readonly string s_root = Path.Combine(Node.Folder, "..", "..");

    private static readonly SettingsCatalogue s_catalogue = SettingsCatalogue.Of(typeof(InProcessEngine).Assembly);

    [Fact]
    public void Every_class_that_a_configuration_is_bound_to_is_shown()
    {
        (string Folder, string File, string Text)[] sources =
        [
            .. from folder in (string[])["actors", "api", "mqtt", "silo", "storage"]
               from file in Directory.EnumerateFiles(Path.Combine(s_root, folder), "*.cs", SearchOption.AllDirectories)
               where !file.Contains("/obj/", StringComparison.Ordinal)
               select (folder, Path.GetFileName(file), File.ReadAllText(file)),
        ];
        (string Folder, string Name)[] bound =
        [
            .. from source in sources from match in BoundOptions().Matches(source.Text) select (source.Folder, match.Groups["name"].Value),
        ];
        bound.Length.ShouldBeGreaterThan(15);
        string[] shown = [.. s_catalogue.Parts.Select(part => part.Type.Name)];
        foreach ((string folder, string name) in bound)
        {
            // The silo's are not in this process; that its class is found follows from its constant.
            if (folder == "silo")
                sources.ShouldContain(source => Regex.IsMatch(source.Text, $@"class {name}\b[^;]*?public const string Section = ", RegexOptions.Singleline, TimeSpan.FromSeconds(5)), name);
            else
                shown.ShouldContain(name);
        }

        sources.Where(source => ReadByHand().IsMatch(source.Text)).Select(source => source.File).ShouldBeEmpty("what is read past the options' classes is shown by nobody");
    }

    [Fact]
    public void Each_has_a_default_that_is_allowed_and_says_what_it_is()
    {
        s_catalogue.Settings.Count.ShouldBeGreaterThan(90);
        s_catalogue.Settings.Select(setting => setting.Name).ShouldBeUnique();
        foreach (SettingDescription setting in s_catalogue.Settings)
        {
            SettingsPage.SummaryOf(setting).ShouldNotBeNullOrWhiteSpace($"{setting.Name} has no summary");
            if (setting is { Default.Length: > 0, IsList: false }) setting.FaultOf(setting.Default).ShouldBeNull(setting.Name);
            if (setting.Property.PropertyType == typeof(int) || setting.Property.PropertyType == typeof(long) || setting.Property.PropertyType == typeof(TimeSpan))
                setting.Allowed.ShouldContain(" to ", Case.Sensitive, $"{setting.Name} has no range");
        }
    }

    [Fact]
    public void What_sounds_like_a_secret_is_one()
    {
        string[] secrets = [.. s_catalogue.Settings.Where(setting => setting.IsSecret).Select(setting => setting.Name)];
        foreach (string name in (string[])["ConnectionStrings:StepCloud", "Mail:Password", "STEPCLOUD_DATABASE", "STEPCLOUD_DATABASE_PASSWORD", "STEPCLOUD_MASTER_KEY"]) secrets.ShouldContain(name);
        s_catalogue.Settings.Where(setting => SoundsSecret().IsMatch(setting.Name) && !setting.IsSecret).Select(setting => setting.Name).ShouldBeEmpty();
    }

    [Fact]
    public void The_page_of_settings_is_made_of_them()
    {
        string file = Path.Combine(s_root, "docs", "CONFIGURATION.md");
        if (Environment.GetEnvironmentVariable(ProblemPage.WriteVariable) == "1") File.WriteAllText(file, SettingsPage.Render(s_catalogue));
        File.ReadAllText(file).ShouldBe(
            SettingsPage.Render(s_catalogue), $"docs/CONFIGURATION.md is not of these classes: run the test once with {ProblemPage.WriteVariable}=1.");
    }

    // AddOptions<T>().Configure is the framework's own options; those of a configuration are bound.
    [GeneratedRegex(@"AddOptions<(?<name>\w+)>\(\)(?=\s*\.BindConfiguration)|SettingsCheck\.Read<(?<name>\w+)>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex BoundOptions();

    [GeneratedRegex("""[Cc]onfiguration\["|GetConnectionString\(|GetSection\("(?!Logging)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex ReadByHand();

    [GeneratedRegex("Password$|Secret$|Token$|ApiKey$|MasterKey$|MASTER_KEY$|Headers$|ConnectionString|DATABASE", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex SoundsSecret();
}
