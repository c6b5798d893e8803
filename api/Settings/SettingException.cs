namespace StepCloud.Api.Settings;

/// <summary>A setting that cannot be used. The message is one line that names it.</summary>
public sealed class SettingException(string setting, string problem, Exception? inner = null)
    : Exception($"Setting {setting}: {problem}", inner)
{
    public string Setting => setting;

    public string Problem => problem;
}
