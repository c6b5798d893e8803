using System.Diagnostics.CodeAnalysis;

namespace StepCloud.Api.Settings.Catalogue;

/// <summary>All settings of a configuration as they are, and everything that is wrong with them.</summary>
/// <param name="Warnings">What is no setting of ours, and looks as if it was meant to be one; a line each.</param>
public sealed record SettingsReport(IReadOnlyList<ShownSetting> Settings, IReadOnlyList<SettingFault> Faults, IReadOnlyList<string> Warnings)
{
    public static SettingsReport Of(IConfiguration configuration, SettingsCatalogue catalogue)
    {
        List<ShownSetting> settings = [];
        List<SettingFault> faults = [];
        foreach (SettingDescription setting in catalogue.Settings)
        {
            GivenSetting given = GivenSetting.Read(configuration, setting);
            settings.Add(given.Shown);
            faults.AddRange(given.Faults);
        }

        (List<SettingFault> unknown, List<string> warnings) = UnknownSettings.Find(configuration, catalogue);
        faults.AddRange(unknown);
        foreach (SettingsPart part in catalogue.Parts) faults.AddRange(WholePart.FaultsOf(configuration, part, faults));
        settings.AddRange(LogLevels.Read(configuration, faults));
        return new SettingsReport(settings, faults, warnings);
    }

    /// <summary>What is wrong in one section: for a command that needs no other.</summary>
    public static bool TryFindFault(IConfiguration configuration, SettingsCatalogue catalogue, string section, [NotNullWhen(true)] out SettingFault? fault)
    {
        fault = Of(configuration, catalogue).Faults.FirstOrDefault(found => found.Name.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase));
        return fault is not null;
    }
}

/// <param name="Value">As it is written; of a secret whether it is set.</param>
/// <param name="From">Where it comes from.</param>
public sealed record ShownSetting(string Name, string Value, string Default, string Allowed, string From);

/// <param name="Problem">A sentence without its subject, which is the setting.</param>
/// <param name="From">Where what is wrong comes from; null when nobody has said it.</param>
public sealed record SettingFault(string Name, string Problem, string? From)
{
    public override string ToString() => ToException().Message;

    public SettingException ToException(Exception? inner = null) => new(Name, From is null ? Problem : $"{Problem} It comes from: {From}.", inner);
}
