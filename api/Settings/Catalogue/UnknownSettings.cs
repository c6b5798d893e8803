namespace StepCloud.Api.Settings.Catalogue;

/// <summary>What a configuration holds that is no setting. Within a section of ours that is a fault; elsewhere it is told when it looks like one of ours.</summary>
internal static class UnknownSettings
{
    private const string VariablePrefix = "STEPCLOUD_";

    /// <summary>Sections of the framework, which has its own settings.</summary>
    private static readonly string[] FrameworkSections = ["Logging", "Kestrel", "AllowedHosts"];

    public static (List<SettingFault> Faults, List<string> Warnings) Find(IConfiguration configuration, SettingsCatalogue catalogue)
    {
        List<SettingFault> faults = [];
        List<string> warnings = [];
        foreach ((string key, string? value) in configuration.AsEnumerable().OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (value is null || IsKnown(key, catalogue)) continue;
            if (SettingOrigin.Of(configuration, key) is not { } origin) continue;
            string? nearest = NearestName.Of(key, catalogue.Settings.Select(setting => setting.Name));
            string meant = nearest is null ? "" : $" Is {nearest} meant?";
            if (SectionOf(key, catalogue) is not null) faults.Add(new SettingFault(key, $"there is no such setting.{meant}", origin.Text));
            else if (LooksLikeOurs(key, origin, nearest)) warnings.Add($"Setting {key}: there is no such setting, and it does nothing.{meant} It comes from: {origin.Text}.");
        }

        return (faults, warnings);
    }

    private static bool IsKnown(string key, SettingsCatalogue catalogue)
    {
        if (catalogue.FindSetting(key) is not null) return true;
        int end = key.LastIndexOf(':');
        return end > 0 && catalogue.FindSetting(key[..end]) is { IsList: true };
    }

    private static string? SectionOf(string key, SettingsCatalogue catalogue)
    {
        for (int end = key.LastIndexOf(':'); end > 0; end = key.LastIndexOf(':', end - 1))
            if (catalogue.Sections.Contains(key[..end])) return key[..end];
        return null;
    }

    /// <summary>Files are written for us, and all in them is meant for us or the framework; the environment is everybody's.</summary>
    private static bool LooksLikeOurs(string key, SettingOrigin origin, string? nearest) =>
        origin.IsEnvironment
            ? nearest is not null || key.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase)
            : origin.Text.StartsWith("file ", StringComparison.Ordinal) && !FrameworkSections.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase);
}
