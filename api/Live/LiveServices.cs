using StepCloud.Actors.Gateways;

namespace StepCloud.Api.Live;

internal static class LiveServices
{
    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        services.AddOptions<LiveOptions>().BindConfiguration(LiveOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<LiveEvents>();
        services.AddSingleton<LiveFigures>();
        services.AddSingleton<LiveSources>();
        services.AddSingleton<LiveHub>();
        services.AddSingleton<IDeviceNews>(provider => provider.GetRequiredService<LiveHub>());
        services.AddSingleton<LiveStream>();
        services.AddSingleton<RunningSteps>();
        services.AddHostedService<LiveSessions>();
        return services;
    }
}
