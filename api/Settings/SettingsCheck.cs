using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;

namespace StepCloud.Api.Settings;

/// <summary>Reads the settings so that a wrong one is one clear line, before anything is started.</summary>
internal static class SettingsCheck
{
    public const string DatabaseVariable = "STEPCLOUD_DATABASE";

    /// <summary>The database's password, for where it comes from a file of its own and the rest of the connection string does not.</summary>
    public const string DatabasePasswordVariable = "STEPCLOUD_DATABASE_PASSWORD";

    private const string DatabaseSetting = "ConnectionStrings:StepCloud";

    public static ServerOptions ReadServer(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection(ServerOptions.Section);
        ServerOptions options = new();
        foreach (IConfigurationSection setting in section.GetChildren())
        {
            if (typeof(ServerOptions).GetProperty(setting.Key, IgnoreCase) is not { CanWrite: true } property)
                throw new SettingException(setting.Path, "there is no such setting.");
            if (property.PropertyType == typeof(int) && !int.TryParse(setting.Value, out _))
                throw new SettingException(setting.Path, $"'{setting.Value}' is not a whole number.");
            if (property.PropertyType == typeof(TimeSpan) && !TimeSpan.TryParse(setting.Value, CultureInfo.InvariantCulture, out _))
                throw new SettingException(setting.Path, $"'{setting.Value}' is no time such as 00:00:05.");
        }

        section.Bind(options);
        Validate(options, ServerOptions.Section);
        return options;
    }

    /// <summary>The options of one part, for a command that starts none of the others.</summary>
    /// <exception cref="SettingException">One is wrong.</exception>
    public static T Read<T>(IConfiguration configuration, string section) where T : class, new()
    {
        T options = new();
        try
        {
            configuration.GetSection(section).Bind(options);
        }
        catch (InvalidOperationException e)
        {
            throw new SettingException("that cannot be read", e.Message, e);
        }

        Validate(options, section);
        return options;
    }

    /// <summary>The database to use; null for the private one.</summary>
    public static string? ReadDatabase(IConfiguration configuration)
    {
        string name = configuration[DatabaseVariable] is null ? DatabaseSetting : DatabaseVariable;
        string? value = configuration[DatabaseVariable] ?? configuration.GetConnectionString("StepCloud");
        string? password = configuration[DatabasePasswordVariable] is { Length: > 0 } given ? given : null;
        if (value is null)
            return password is null ? null : throw new SettingException(DatabasePasswordVariable, $"there is no {DatabaseVariable} that it is the password of.");
        try
        {
            NpgsqlConnectionStringBuilder builder = new(value);
            if (string.IsNullOrEmpty(builder.Host)) throw new SettingException(name, "it names no Host.");
            if (password is null) return builder.ConnectionString;
            if (!string.IsNullOrEmpty(builder.Password)) throw new SettingException(DatabasePasswordVariable, $"{name} holds a password too: one of them must go.");
            builder.Password = password;
            return builder.ConnectionString;
        }
        catch (ArgumentException e)
        {
            throw new SettingException(name, "it is not a connection string such as Host=db;Database=stepcloud;Username=stepcloud;Password=...", e);
        }
    }

    /// <summary>Checks the options of every part, as registered with `ValidateOnStart`.</summary>
    public static void CheckAll(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            services.GetService<MqttTransportOptions>();
        }
        catch (OptionsValidationException e)
        {
            throw new SettingException(e.OptionsType.Name.Replace("Options", "", StringComparison.Ordinal), e.Failures.First(), e);
        }
        catch (InvalidOperationException e) when (e.InnerException is FormatException or ArgumentException or InvalidOperationException)
        {
            // The binder's message names the setting and the value: "Failed to convert configuration value 'x' at 'Actors:IdleTimeout' to type ...".
            throw new SettingException("that cannot be read", e.Message, e);
        }
    }

    private static void Validate(object options, string section)
    {
        List<ValidationResult> faults = [];
        if (!Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true))
            throw new SettingException($"{section}:{faults[0].MemberNames.FirstOrDefault()}", faults[0].ErrorMessage ?? "is wrong.");
    }

    private const System.Reflection.BindingFlags IgnoreCase =
        System.Reflection.BindingFlags.IgnoreCase | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance;
}
