using StepCloud.Actors.Ports;
using StepCloud.Api.Sessions;
using StepCloud.Api.Settings;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage.Notices;
using ISessionStore = StepCloud.Mqtt.Broker.ISessionStore;

namespace StepCloud.Api.Mqtt;

internal static class MqttServices
{
    public const string Section = "Mqtt";

    public static IServiceCollection AddGatewayMqtt(this IServiceCollection services)
    {
        services.AddOptions<MqttServerOptions>().BindConfiguration(Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => MqttTransportOptions.Read(
            provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<ServerOptions>()));
        services.AddSingleton<IStartupFilter, MqttWebSocketEntry>();
        services.AddSingleton<IAuthenticator, TokenAuthenticator>();
        services.AddSingleton<LiveTopics>();
        services.AddSingleton<IAuthorizer, TokenAuthorizer>();
        services.AddSingleton<ICommandLink, CommandLink>();
        services.AddSingleton<IPublishHandler, GatewayPublishHandler>();
        services.AddSingleton<ISessionStore, StoredSessions>();
        services.AddSingleton<IRetainedStore, StoredRetained>();
        services.AddSingleton<RefusalNotices>();
        services.AddSingleton<SessionEndings>();
        services.AddSingleton<INoticeHandler>(provider => provider.GetRequiredService<SessionEndings>());
        services.AddSingleton<GatewayPresence>();
        services.AddSingleton<IConnectionObserver>(provider => provider.GetRequiredService<GatewayPresence>());
        services.AddSingleton<MqttEndpoint>();
        // Stopped in the reverse order: the endpoint first, so that the last comings and goings still reach the actors.
        services.AddHostedService(provider => provider.GetRequiredService<GatewayPresence>());
        services.AddHostedService(provider => provider.GetRequiredService<MqttEndpoint>());
        return services;
    }
}
