using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Settings;

/// <summary>The settings that stand in no part's section: where the database is, and the secrets.</summary>
/// <remarks>Whoever reads one says more of what is wrong with it than annotations could: <see cref="SettingsCheck"/>, <see cref="MasterKeySetting"/>, <see cref="SecretFiles"/>.</remarks>
public sealed class InstallationOptions
{
    public const string Section = "";

    /// <summary>The connection string of the database, such as `Host=db;Database=stepcloud;Username=stepcloud;Password=...`; without it the private PostgreSQL in the data folder.</summary>
    [ConfigurationKeyName(SettingsCheck.DatabaseVariable), DataType(DataType.Password)]
    public string? Database { get; set; }

    /// <summary>The same in a file of settings; `STEPCLOUD_DATABASE` goes before it.</summary>
    [ConfigurationKeyName(SettingsCheck.DatabaseSetting), DataType(DataType.Password)]
    public string? ConnectionString { get; set; }

    /// <summary>The database's password, where it does not stand in the connection string.</summary>
    [ConfigurationKeyName(SettingsCheck.DatabasePasswordVariable), DataType(DataType.Password)]
    public string? DatabasePassword { get; set; }

    /// <summary>The master key, base64 of 32 random bytes. Needed with a database that is not the private one; or the next.</summary>
    [ConfigurationKeyName(MasterKeySetting.Variable), DataType(DataType.Password)]
    public string? MasterKey { get; set; }

    /// <summary>A file that holds the master key.</summary>
    [ConfigurationKeyName(MasterKeySetting.FileSetting)]
    public string? MasterKeyFile { get; set; }

    /// <summary>A folder in which each file is a setting: its name the setting's with `__` for `:`, its content the value. Above the environment.</summary>
    [ConfigurationKeyName(SecretFiles.Variable)]
    public string? Secrets { get; set; }
}
