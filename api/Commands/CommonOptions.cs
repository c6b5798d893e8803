using System.CommandLine;
using StepCloud.Api.Settings;
using StepCloud.Api.Settings.Catalogue;

namespace StepCloud.Api.Commands;

/// <summary>The options by which a command overrides settings. Read as text: the settings' own check says what is wrong with a value.</summary>
internal sealed class CommonOptions
{
    private readonly Dictionary<Option<string?>, string> _settings = new()
    {
        [new Option<string?>("--data") { Description = "Folder of the private PostgreSQL and of the simulated shop (.data).", HelpName = "DIR" }] =
            Setting(nameof(ServerOptions.Data)),
        [new Option<string?>("--address") { Description = "Address to listen on (127.0.0.1).", HelpName = "IP" }] = Setting(nameof(ServerOptions.Address)),
        [new Option<string?>("--http-port") { Description = "Port of HTTP (8080).", HelpName = "PORT" }] = Setting(nameof(ServerOptions.HttpPort)),
        [new Option<string?>("--mqtt-port") { Description = "Port of MQTT (1883).", HelpName = "PORT" }] = Setting(nameof(ServerOptions.MqttPort)),
    };

    /// <summary>With what only the server alone can be.</summary>
    public CommonOptions WithRole()
    {
        _settings.Add(
            new Option<string?>("--role") { Description = "'all', or 'reader' for a further process on the same database that only reads; in a cluster also 'actors' or 'front' (all).", HelpName = "ROLE" },
            Setting(nameof(ServerOptions.Role)));
        return this;
    }

    /// <summary>With another database than the configured one.</summary>
    public CommonOptions WithDatabase()
    {
        _settings.Add(
            new Option<string?>("--database")
            {
                Description = $"Connection string of the database, in the place of {SettingsCheck.DatabaseVariable}. Its password is better in {SettingsCheck.DatabasePasswordVariable}: everybody on the machine sees a command line.",
                HelpName = "CONNECTION",
            },
            SettingsCheck.DatabaseVariable);
        return this;
    }

    public void AddTo(Command command)
    {
        foreach (Option<string?> option in _settings.Keys) command.Options.Add(option);
    }

    /// <summary>A builder whose settings come from appsettings.json, the environment, files of secrets and, above all, the command line.</summary>
    public WebApplicationBuilder CreateBuilder(ParseResult parsed)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddSecretFiles();
        CommandLineProvider given = new();
        foreach ((Option<string?> option, string setting) in _settings)
            if (parsed.GetValue(option) is { } value) given.Set(setting, value, option.Name);
        ((IConfigurationBuilder)builder.Configuration).Add(given);
        return builder;
    }

    private static string Setting(string name) => $"{ServerOptions.Section}:{name}";
}
