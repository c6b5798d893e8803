using StepCloud.Actors.Gateways;
using StepCloud.Api.Hosting;
using StepCloud.Storage.Workflows;

namespace StepCloud.Api.Workflows;

internal static class WorkflowServices
{
    public static IServiceCollection AddRecordSigning(this IServiceCollection services) => services
        .AddSingleton<IRecordSigner, RecordSigner>().AddSingleton<JobDecisions>().AddSingleton<JobProof>().AddSingleton<Signing>();

    public static IServiceCollection AddWorkflows(this IServiceCollection services)
    {
        services.AddSingleton<StepBell<JobWatch>>();
        services.AddSingleton<IDeviceNews>(provider => provider.GetRequiredService<StepBell<JobWatch>>());
        services.AddDuty<JobWatch>();
        return services;
    }
}
