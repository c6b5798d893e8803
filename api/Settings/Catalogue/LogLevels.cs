namespace StepCloud.Api.Settings.Catalogue;

/// <summary>`Logging:LogLevel`: the framework's settings that everybody changes, whose names are categories of his choice.</summary>
internal static class LogLevels
{
    private const string Part = "Logging:LogLevel";

    private static readonly string Levels = string.Join(", ", Enum.GetNames<LogLevel>());

    /// <param name="faults">Those that are found are added.</param>
    public static IEnumerable<ShownSetting> Read(IConfiguration configuration, List<SettingFault> faults)
    {
        List<ShownSetting> levels = [];
        foreach (IConfigurationSection level in configuration.GetSection(Part).GetChildren())
        {
            string? from = SettingOrigin.Of(configuration, level.Path)?.Text;
            if (!Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _)) faults.Add(new SettingFault(level.Path, $"'{level.Value}' is none of {Levels}.", from));
            levels.Add(new ShownSetting(level.Path, level.Value ?? "", "", Levels, from ?? ""));
        }

        return levels;
    }
}
