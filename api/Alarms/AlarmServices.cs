using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Alarms;

/// <summary>How alarms are looked after.</summary>
public sealed class AlarmOptions
{
    public const string Section = "Alarms";

    /// <summary>How often it is looked whether steps have come. A person learns of it within this time; each look asks one question of the database.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often it is looked what devices do, and of which nothing comes. Each look reads the newest step of each device that a rule is for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan LookAtDevicesEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>After which a running device of which no telemetry came any more is taken for idle.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TelemetryLifetime { get; set; } = TimeSpan.FromMinutes(5);
}

internal static class AlarmServices
{
    /// <summary>In one process of an installation: the one that owns the actors.</summary>
    public static IServiceCollection AddAlarms(this IServiceCollection services)
    {
        services.AddOptions<AlarmOptions>().BindConfiguration(AlarmOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddHostedService<AlarmWatch>();
        return services;
    }
}
