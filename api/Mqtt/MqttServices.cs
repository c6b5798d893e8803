using StepCloud.Actors.Ports;
using StepCloud.Api.Mqtt.Relay;
using StepCloud.Api.Sessions;
using StepCloud.Api.Settings;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage.Notices;
using ISessionStore = StepCloud.Mqtt.Broker.ISessionStore;

namespace StepCloud.Api.Mqtt;

internal static class MqttServices
{
    /// <summary>What the actors of gateways speak through; nobody can connect to it before it is <see cref="AddMqttEntries">given entries</see>.</summary>
    internal static IServiceCollection AddGatewayMqtt(this IServiceCollection services)
    {
        services.AddOptions<MqttServerOptions>().BindConfiguration(MqttServerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => MqttTransportOptions.Read(
            provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<ServerOptions>()));
        services.AddSingleton<IAuthenticator, TokenAuthenticator>();
        services.AddSingleton<LiveTopics>();
        services.AddSingleton<IAuthorizer, TokenAuthorizer>();
        services.AddSingleton<ICommandLink, CommandLink>();
        services.AddSingleton<IPublishHandler, GatewayPublishHandler>();
        services.AddSingleton<StoredSessions>();
        services.AddSingleton<ISessionStore>(provider => provider.GetRequiredService<StoredSessions>());
        services.AddSingleton<IRetainedStore, StoredRetained>();
        services.AddSingleton<RefusalNotices>();
        services.AddSingleton<LiveRelay>();
        services.AddSingleton<ILiveRelay>(provider => provider.GetRequiredService<LiveRelay>());
        services.AddSingleton<SessionEndings>();
        services.AddSingleton<INoticeHandler>(provider => provider.GetRequiredService<SessionEndings>());
        services.AddSingleton<GatewayPresence>();
        services.AddSingleton<IConnectionObserver>(provider => provider.GetRequiredService<GatewayPresence>());
        services.AddSingleton<MqttEndpoint>();
        return services;
    }

    /// <summary>Lets gateways and users in.</summary>
    internal static IServiceCollection AddMqttEntries(this IServiceCollection services)
    {
        services.AddSingleton<IStartupFilter, MqttWebSocketEntry>();
        services.AddNoticeWork<SessionMoves>().AddNoticeWork<RetainedMirror>().AddNoticeWork<CommandRelay>().AddNoticeWork<GoneGateways>();
        // Stopped in the reverse order: the endpoint first, so that the last comings and goings still reach the actors.
        services.AddHostedService(provider => provider.GetRequiredService<GatewayPresence>());
        services.AddHostedService(provider => provider.GetRequiredService<MqttEndpoint>());
        services.AddHostedService(provider => provider.GetRequiredService<LiveRelay>());
        return services.AddHostedService<GoneNodes>();
    }

    private static IServiceCollection AddNoticeWork<TWork>(this IServiceCollection services)
        where TWork : class, INoticeHandler, IHostedService
    {
        services.AddSingleton<TWork>();
        services.AddSingleton<INoticeHandler>(provider => provider.GetRequiredService<TWork>());
        return services.AddHostedService(provider => provider.GetRequiredService<TWork>());
    }
}
