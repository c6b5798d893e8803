using StepCloud.Api.AccessKeys;
using StepCloud.Api.SignInCodes;

namespace StepCloud.Api.Users;

internal static class AccountServices
{
    /// <summary>What accounts need beside their actors and stores.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<UnknownAccounts>();
        services.AddSingleton<Inviter>();
        services.AddSingleton<AccessKeyMaker>();
        services.AddSingleton<SignInCodeMaker>();
        services.AddSingleton<RecoveryRequests>();
        services.AddHostedService(provider => provider.GetRequiredService<RecoveryRequests>());
        return services;
    }
}
