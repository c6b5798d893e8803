namespace StepCloud.Api.Settings.Catalogue;

/// <summary>One setting as the configuration has it.</summary>
internal sealed record GivenSetting(ShownSetting Shown, IReadOnlyList<SettingFault> Faults)
{
    private const string FromNowhere = "default";

    public static GivenSetting Read(IConfiguration configuration, SettingDescription setting) =>
        setting.IsList ? ReadList(configuration, setting) : ReadOne(configuration, setting);

    private static GivenSetting ReadOne(IConfiguration configuration, SettingDescription setting)
    {
        string? text = configuration[setting.Name];
        SettingOrigin? origin = text is null ? null : SettingOrigin.Of(configuration, setting.Name);
        // Empty is what a variable of a compose file becomes that nobody set.
        string shown = setting.IsSecret ? (string.IsNullOrEmpty(text) ? "not set" : "set") : text ?? setting.Default;
        string? fault = text is null ? null : setting.FaultOf(text);
        return new GivenSetting(Show(setting, shown, origin), fault is null ? [] : [new SettingFault(setting.Name, fault, origin?.Text)]);
    }

    private static GivenSetting ReadList(IConfiguration configuration, SettingDescription setting)
    {
        IConfigurationSection[] elements = [.. configuration.GetSection(setting.Name).GetChildren()];
        if (elements.Length == 0) return new GivenSetting(Show(setting, setting.Default, null), []);
        SettingOrigin? origin = SettingOrigin.Of(configuration, elements[0].Path);
        List<SettingFault> faults =
        [
            .. from element in elements
               let fault = setting.FaultOf(element.Value ?? "")
               where fault is not null
               select new SettingFault(element.Path, fault, SettingOrigin.Of(configuration, element.Path)?.Text),
        ];
        if (faults.Count == 0 && setting.FaultOfCount(elements.Length) is { } count) faults.Add(new SettingFault(setting.Name, count, origin?.Text));
        string shown = setting.IsSecret ? "set" : string.Join(", ", elements.Select(element => element.Value));
        return new GivenSetting(Show(setting, shown, origin), faults);
    }

    private static ShownSetting Show(SettingDescription setting, string value, SettingOrigin? origin) =>
        new(setting.Name, value, setting.IsSecret ? "" : setting.Default, setting.Allowed, origin?.Text ?? FromNowhere);
}
