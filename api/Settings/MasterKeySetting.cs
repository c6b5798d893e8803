using StepCloud.Api.Tokens.Sealing;

namespace StepCloud.Api.Settings;

/// <summary>The master key that somebody configured, in a file or in the environment.</summary>
/// <param name="Name">The setting it came from.</param>
/// <param name="File">The file it came from; null when it stood in the environment.</param>
public sealed record MasterKeySetting(string Name, MasterKey Key, string? File)
{
    public const string Variable = "STEPCLOUD_MASTER_KEY";

    public const string FileSetting = $"{Section}:MasterKeyFile";

    internal const string Form = "base64 of 32 random bytes, such as 'openssl rand -base64 32' makes.";

    private const string Section = "StepCloud";

    /// <param name="isDatabaseGiven">
    /// The database is not the private one. It may be shared, and it outlives this machine's folders: a key that is made here by itself
    /// would be lost with them, and with it every secret in the database. So then somebody must have decided where the key is kept.
    /// </param>
    /// <returns>Null when none is configured, which only an installation with its own database may leave so.</returns>
    /// <exception cref="SettingException">It is missing, given twice, or no key.</exception>
    public static MasterKeySetting? Read(IConfiguration configuration, bool isDatabaseGiven)
    {
        // Empty is what a variable of a compose file becomes that nobody set.
        bool hasText = configuration[Variable] is { Length: > 0 }, hasFile = configuration[FileSetting] is { Length: > 0 };
        return (hasText, hasFile) switch
        {
            (true, true) => throw new SettingException(FileSetting, $"{Variable} is set too: one of them must go."),
            (true, false) => new MasterKeySetting(
                Variable, MasterKey.Parse(configuration[Variable]!) ?? throw new SettingException(Variable, $"it is no master key. That is {Form}"), File: null),
            (false, true) => FromFile(configuration[FileSetting]!),
            (false, false) when isDatabaseGiven => throw new SettingException(
                FileSetting, $"is missing. With a database that is not its own StepCloud needs a master key, in that file or in {Variable}: {Form}"),
            (false, false) => null,
        };
    }

    internal static MasterKeySetting FromFile(string path) => new(FileSetting, MasterKeyFile.Read(path, FileSetting), path);
}
