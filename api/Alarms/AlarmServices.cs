using StepCloud.Actors.Gateways;
using StepCloud.Api.Alarms.Delivery;
using StepCloud.Api.Hosting;

namespace StepCloud.Api.Alarms;

internal static class AlarmServices
{
    public static IServiceCollection AddAlarms(this IServiceCollection services)
    {
        services.AddOptions<AlarmOptions>().BindConfiguration(AlarmOptions.Section)
            // Not where they are declared: what the configuration has would come behind them.
            .PostConfigure(options => options.RetryDelays = options.RetryDelays is [] ? AlarmOptions.RetryDelaysDefault : options.RetryDelays)
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<StepBell<AlarmWatch>>();
        services.AddSingleton<IDeviceNews>(provider => provider.GetRequiredService<StepBell<AlarmWatch>>());
        services.AddSingleton<AlarmMails>();
        services.AddSingleton<Webhook>();
        services.AddDuty<AlarmWatch>();
        services.AddDuty<DeliverySender>();
        return services;
    }
}
