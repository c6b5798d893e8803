using StepCloud.Actors.Gateways;
using StepCloud.Api.Hosting;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

internal static class WorkflowServices
{
    public static IServiceCollection AddRecordSigning(this IServiceCollection services) => services
        .AddSingleton<IRecordSigner, RecordSigner>().AddSingleton<JobDecisions>().AddSingleton<JobProof>().AddSingleton<Signing>();

    /// <summary>In one process of an installation: the one that owns the actors.</summary>
    public static IServiceCollection AddWorkflows(this IServiceCollection services)
    {
        services.AddSingleton<StepBell<JobWatch>>();
        services.AddSingleton<IDeviceNews>(provider => provider.GetRequiredService<StepBell<JobWatch>>());
        services.AddHostedService<JobWatch>();
        return services;
    }
}
