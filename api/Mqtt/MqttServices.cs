using StepCloud.Actors.Ports;
using StepCloud.Api.Sessions;
using StepCloud.Api.Settings;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage.Notices;
using ISessionStore = StepCloud.Mqtt.Broker.ISessionStore;

namespace StepCloud.Api.Mqtt;

public static class MqttServices
{
    internal const string Section = "Mqtt";

    internal static IServiceCollection AddGatewayMqtt(this IServiceCollection services)
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
        services.AddSingleton<StoredSessions>();
        services.AddSingleton<ISessionStore>(provider => provider.GetRequiredService<StoredSessions>());
        services.AddSingleton<IRetainedStore, StoredRetained>();
        services.AddSingleton<RefusalNotices>();
        services.AddSingleton<SessionEndings>();
        services.AddSingleton<INoticeHandler>(provider => provider.GetRequiredService<SessionEndings>());
        services.AddSingleton<GatewayPresence>();
        services.AddSingleton<IConnectionObserver>(provider => provider.GetRequiredService<GatewayPresence>());
        services.AddSingleton<MqttEndpoint>();
        services.AddNoticeWork<SessionMoves>().AddNoticeWork<RetainedMirror>().AddNoticeWork<CommandRelay>().AddNoticeWork<GoneGateways>();
        // Stopped in the reverse order: the endpoint first, so that the last comings and goings still reach the actors.
        services.AddHostedService(provider => provider.GetRequiredService<GatewayPresence>());
        services.AddHostedService(provider => provider.GetRequiredService<MqttEndpoint>());
        return services;
    }

    /// <summary>In a cluster: goes on with what nodes that are gone have left behind. Any number of nodes may do so at a time, and one should.</summary>
    public static IServiceCollection AddGoneNodes(this IServiceCollection services) => services.AddHostedService<GoneNodes>();

    private static IServiceCollection AddNoticeWork<TWork>(this IServiceCollection services)
        where TWork : class, INoticeHandler, IHostedService
    {
        services.AddSingleton<TWork>();
        services.AddSingleton<INoticeHandler>(provider => provider.GetRequiredService<TWork>());
        return services.AddHostedService(provider => provider.GetRequiredService<TWork>());
    }
}
