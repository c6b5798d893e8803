using System.Security.Cryptography;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Storage;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>Finds the master key of an installation and holds it against what the database remembers of it.</summary>
internal sealed partial class InstallationMasterKey(MasterKeyStore store, ILogger<InstallationMasterKey> logger)
{
    /// <summary>In the data folder of an installation with a private database, and not in the database's own folder: a copy of that tells nothing.</summary>
    public const string FileName = "master.key";

    private const string CheckPurpose = "master-key-check";

    /// <param name="setting">The configured key.</param>
    /// <param name="dataFolder">Where the key is when none is configured.</param>
    /// <param name="mayMake">Make it there, when nothing was sealed yet.</param>
    /// <exception cref="SettingException">It is not the key of this database.</exception>
    /// <exception cref="StartException">There is none where it should be.</exception>
    public async Task<MasterKey> OpenAsync(MasterKeySetting? setting, string dataFolder, bool mayMake, CancellationToken cancellationToken)
    {
        MasterKeyCheck? check = await store.FindAsync(cancellationToken);
        setting ??= FromDataFolder(Path.Combine(Path.GetFullPath(dataFolder), FileName), check, mayMake);
        if (setting.File is { } file && MasterKeyFile.IsReadableByOthers(file))
            LogReadable(logger, file);
        if (check is null)
        {
            await store.AddIfNoneAsync(new MasterKeyCheck(setting.Key.Id, setting.Key.Seal(CheckPurpose, CheckText)), cancellationToken);
            // Another process may have been first, with another key.
            check = (await store.FindAsync(cancellationToken))!;
        }

        return IsKeyOf(check, setting.Key)
            ? setting.Key
            : throw new SettingException(
                setting.Name, $"this is not the master key of this database: its secrets are sealed under the key {check.KeyId}, and this one is {setting.Key.Id}.");
    }

    private static byte[] CheckText => "stepcloud"u8.ToArray();

    private MasterKeySetting FromDataFolder(string file, MasterKeyCheck? check, bool mayMake)
    {
        if (File.Exists(file))
            return MasterKeySetting.FromFile(file);
        if (check is not null)
        {
            throw new StartException(
                $"The master key {check.KeyId} is not in {file}, and the secrets in the database are sealed under it. "
                + $"Bring it back from its backup, or name it with {MasterKeySetting.FileSetting} or {MasterKeySetting.Variable}.");
        }

        if (!mayMake)
            throw new StartException("This installation has no master key yet: start the server once.");
        MasterKey made = MasterKeyFile.Create(file);
        LogMade(logger, made.Id, file);
        return new MasterKeySetting(MasterKeySetting.FileSetting, made, file);
    }

    private static bool IsKeyOf(MasterKeyCheck check, MasterKey key)
    {
        try
        {
            return CryptographicOperations.FixedTimeEquals(key.Open(CheckPurpose, check.CheckValue), CheckText);
        }
        catch (SealBrokenException)
        {
            return false;
        }
    }

    [LoggerMessage(4200, LogLevel.Warning, "The master key {KeyId} was made in {File}. Every secret in the database is sealed under it: back it up now, apart from the database")]
    private static partial void LogMade(ILogger logger, string keyId, string file);

    [LoggerMessage(4201, LogLevel.Warning, "Others than its owner can read the master key in {File}: chmod 600 it")]
    private static partial void LogReadable(ILogger logger, string file);
}
