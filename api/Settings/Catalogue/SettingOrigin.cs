using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.KeyPerFile;

namespace StepCloud.Api.Settings.Catalogue;

/// <summary>Where a setting comes from: the last source that has it, in words.</summary>
/// <param name="IsEnvironment">The environment holds much that is none of ours.</param>
public sealed record SettingOrigin(string Text, bool IsEnvironment)
{
    /// <param name="key">Of the value itself: of a list that of an element.</param>
    /// <returns>Null when nobody has said it.</returns>
    public static SettingOrigin? Of(IConfiguration configuration, string key)
    {
        if (configuration is not IConfigurationRoot root) return configuration[key] is null ? null : new SettingOrigin("configuration", IsEnvironment: false);
        IConfigurationProvider? provider = root.Providers.LastOrDefault(candidate => candidate.TryGet(key, out _));
        return provider switch
        {
            null => null,
            CommandLineProvider commandLine => new SettingOrigin(commandLine.OptionOf(key), IsEnvironment: false),
            EnvironmentVariablesConfigurationProvider => new SettingOrigin($"environment {key.Replace(":", "__", StringComparison.Ordinal)}", IsEnvironment: true),
            KeyPerFileConfigurationProvider => new SettingOrigin($"file {key.Replace(":", "__", StringComparison.Ordinal)} of {SecretFiles.Variable}", IsEnvironment: false),
            FileConfigurationProvider { Source: { Path: { } path } source } => new SettingOrigin(
                $"file {source.FileProvider?.GetFileInfo(path).PhysicalPath ?? path}", IsEnvironment: false),
            _ => new SettingOrigin("program", IsEnvironment: false),
        };
    }
}

/// <summary>Settings that options of the command line override.</summary>
internal sealed class CommandLineProvider : ConfigurationProvider, IConfigurationSource
{
    private readonly Dictionary<string, string> _options = new(StringComparer.OrdinalIgnoreCase);

    public void Set(string key, string value, string option)
    {
        Data[key] = value;
        _options[key] = option;
    }

    /// <summary>Such as `--http-port`.</summary>
    public string OptionOf(string key) => _options[key];

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
