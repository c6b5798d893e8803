using Microsoft.Extensions.DependencyInjection;
using StepCloud.Actors.Devices;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Sessions;
using StepCloud.Actors.Users;
using StepCloud.Contracts;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;

namespace StepCloud.Actors.Hosting;

public static class ActorServices
{
    /// <summary>What the actors need of each other, whoever hosts them. Their ports are registered by whoever has them: storage, and the application.</summary>
    public static IServiceCollection AddActors(this IServiceCollection services)
    {
        services.AddOptions<ActorHostOptions>().BindConfiguration(ActorHostOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SessionOptions>().BindConfiguration(SessionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<CommandOptions>().BindConfiguration(CommandOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ActorMetrics>();
        services.AddSingleton<TokenFamily>();
        services.AddSingleton<SecondFactorCheck>();
        services.AddSingleton<DeviceFeed>();
        services.AddSingleton<ICommittedStepFeed>(provider => provider.GetRequiredService<DeviceFeed>());
        services.AddHostedService(provider => provider.GetRequiredService<DeviceFeed>());
        return services;
    }

    /// <summary>The actors in this process.</summary>
    public static IServiceCollection AddInProcessActors(this IServiceCollection services)
    {
        services.AddSingleton<IActorFactory, ActorFactory>();
        services.AddSingleton<InProcessActors>();
        services.AddSingleton<IActors>(provider => provider.GetRequiredService<InProcessActors>());
        // Stopped in the reverse order: first no more notices, then every actor writes what it keeps.
        services.AddHostedService<ActorSweeper>();
        return services.AddActors();
    }

    private sealed class ActorFactory(IServiceProvider services) : IActorFactory
    {
        private static readonly ObjectFactory<UserActor> User = ActivatorUtilities.CreateFactory<UserActor>([typeof(UserId), typeof(IActors)]);
        private static readonly ObjectFactory<GatewayActor> Gateway = ActivatorUtilities.CreateFactory<GatewayActor>([typeof(GatewayId)]);
        private static readonly ObjectFactory<DeviceActor> Device = ActivatorUtilities.CreateFactory<DeviceActor>([typeof(DeviceId)]);

        public IUser CreateUser(UserId id, IActors actors) => User(services, [id, actors]);

        public IGateway CreateGateway(GatewayId id) => Gateway(services, [id]);

        public IDevice CreateDevice(DeviceId id) => Device(services, [id]);
    }
}
