using StepCloud.Actors.Gateways;

namespace StepCloud.Api.Pairing;

internal static class PairingServices
{
    public static IServiceCollection AddPairing(this IServiceCollection services)
    {
        services.AddOptions<PairingOptions>().BindConfiguration(PairingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<GatewayPairing>();
        services.AddSingleton<GatewaySetup>();
        return services;
    }
}
