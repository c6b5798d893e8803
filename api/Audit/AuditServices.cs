using StepCloud.Actors.Ports;
using StepCloud.Api.Tokens;
using StepCloud.Storage;

namespace StepCloud.Api.Audit;

internal static class AuditServices
{
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditHeadSigner>();
        services.AddSingleton<AuditExport>();
        services.AddSingleton<AuditVerifier>();
        services.AddSingleton<PersonalReads>();
        services.AddHostedService<AuditKeeper>();
        return services;
    }

    /// <summary>What the commands need beside the database: no server, and no pool of their own.</summary>
    public static IServiceCollection AddAuditCommands(this IServiceCollection services)
    {
        services.AddOptions<AccessTokenOptions>().BindConfiguration(AccessTokenOptions.Section).ValidateDataAnnotations();
        services.AddSingleton<SigningKeyStore>();
        services.AddSingleton<ISigningKeyStore, StoredSigningKeys>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<AuditQueries>();
        services.AddSingleton<AuditHeadStore>();
        services.AddSingleton<IAuditTrail, AuditTrail>();
        services.AddSingleton<AuditHeadSigner>();
        services.AddSingleton<AuditExport>();
        services.AddSingleton<AuditVerifier>();
        return services;
    }
}
