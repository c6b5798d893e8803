using Microsoft.Extensions.Options;
using Npgsql;
using StepCloud.Api.Hosting;
using StepCloud.Api.Recordings;
using StepCloud.Api.Settings.Catalogue;

namespace StepCloud.Api.Settings;

/// <summary>Reads the settings so that a wrong one is one clear line, before anything is started.</summary>
internal static class SettingsCheck
{
    public const string DatabaseVariable = "STEPCLOUD_DATABASE";

    /// <summary>The database's password, for where it comes from a file of its own and the rest of the connection string does not.</summary>
    public const string DatabasePasswordVariable = "STEPCLOUD_DATABASE_PASSWORD";

    public const string DatabaseSetting = "ConnectionStrings:StepCloud";

    public static ServerOptions ReadServer(IConfiguration configuration) => Read<ServerOptions>(configuration, ServerOptions.Section);

    /// <summary>The options of one part, for a command that starts none of the others.</summary>
    /// <exception cref="SettingException">One is wrong.</exception>
    public static T Read<T>(IConfiguration configuration, string section) where T : class, new()
    {
        if (SettingsReport.TryFindFault(configuration, SettingsCatalogue.Of(typeof(T).Assembly), section, out SettingFault? fault)) throw fault.ToException();
        T options = new();
        configuration.GetSection(section).Bind(options);
        return options;
    }

    /// <summary>Everything that is wrong for a server on that engine, before anything is started. The settings are those of the engine's program.</summary>
    public static SettingsReport Report(IConfiguration configuration, ActorEngine engine)
    {
        SettingsReport report = SettingsReport.Of(configuration, SettingsCatalogue.Of(engine.GetType().Assembly));
        return report with { Faults = [.. report.Faults.Concat(FaultsOfWhatTheyName(configuration, engine)).DistinctBy(fault => fault.Name, StringComparer.OrdinalIgnoreCase)] };
    }

    /// <summary>Stops a start with whatever is wrong: the first fault, and how many more there are.</summary>
    /// <returns>What should be told, a line each.</returns>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    public static IReadOnlyList<string> RequireAll(IConfiguration configuration, ActorEngine engine)
    {
        SettingsReport report = Report(configuration, engine);
        if (report.Faults.Count == 0) return report.Warnings;
        SettingFault first = report.Faults[0];
        int more = report.Faults.Count - 1;
        SettingException told = first.ToException();
        throw more == 0 ? told : new SettingException(told.Setting, $"{told.Problem} And {more} more: 'config check' tells all.");
    }

    /// <summary>The database to use; null for the private one.</summary>
    public static string? ReadDatabase(IConfiguration configuration)
    {
        string name = configuration[DatabaseVariable] is null ? DatabaseSetting : DatabaseVariable;
        string? value = configuration[DatabaseVariable] ?? configuration[DatabaseSetting];
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

    /// <summary>What is wrong with what settings name: a connection string, keys, certificates, what this engine cannot be.</summary>
    private static List<SettingFault> FaultsOfWhatTheyName(IConfiguration configuration, ActorEngine engine)
    {
        List<SettingFault> faults = [];
        bool isGiven = Try(() => ReadDatabase(configuration), faults) is not null || faults.Count > 0;
        Try(() => MasterKeySetting.Read(configuration, isGiven), faults);
        if (SettingsReport.TryFindFault(configuration, SettingsCatalogue.Of(typeof(SettingsCheck).Assembly), ServerOptions.Section, out _)) return faults;
        ServerOptions server = ReadServer(configuration);
        if (!server.IsReader)
        {
            Try(() => MqttTransportOptions.Read(configuration, server), faults);
            faults.AddRange(engine.FaultsOf(server, isGiven));
        }

        Try(() => RecordingStoreSetting.Check(configuration), faults);
        return faults;
    }

    private static T? Try<T>(Func<T?> read, List<SettingFault> faults) where T : class
    {
        try
        {
            return read();
        }
        catch (SettingException e)
        {
            faults.Add(new SettingFault(e.Setting, e.Problem, From: null));
            return null;
        }
    }
}
