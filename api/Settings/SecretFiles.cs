namespace StepCloud.Api.Settings;

/// <summary>Settings out of files, as containers are given their secrets.</summary>
internal static class SecretFiles
{
    /// <summary>A folder. Each file in it is a setting: its name is the setting's, with `__` for `:`, and what it holds the value, without the line's end.</summary>
    public const string Variable = "STEPCLOUD_SECRETS";

    /// <summary>Above the environment, where the folder is named.</summary>
    /// <exception cref="SettingException">The folder, or a file in it, cannot be read.</exception>
    public static void AddSecretFiles(this ConfigurationManager configuration)
    {
        // Empty is what a variable of a compose file becomes that nobody set.
        if (configuration[Variable] is not { Length: > 0 } folder) return;
        try
        {
            configuration.AddKeyPerFile(Path.GetFullPath(folder), optional: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(Variable, $"the folder '{folder}', or a file in it, cannot be read.", e);
        }
    }
}
