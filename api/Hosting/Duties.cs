using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Hosting;

/// <summary>What is done once for the whole installation, however many processes it has.</summary>
/// <param name="Create">Made anew each time this process begins with it.</param>
internal sealed record Duty(Func<IServiceProvider, BackgroundService> Create);

internal static class DutyServices
{
    public static IServiceCollection AddDuty<T>(this IServiceCollection services) where T : BackgroundService =>
        services.AddSingleton(new Duty(provider => ActivatorUtilities.CreateInstance<T>(provider)));
}

/// <summary>Does the duties: always in a single process, and in a cluster while this node is the one that has them.</summary>
internal sealed partial class Duties(IServiceProvider services, IEnumerable<Duty> duties, ThisNode node, DutiesLock held, TimeProvider clock, ILogger<Duties> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        node.IsOneOfMany ? held.HoldAsync(DoAsync, stoppingToken) : DoAsync(stoppingToken);

    private async Task DoAsync(CancellationToken cancellationToken)
    {
        if (node.IsOneOfMany) LogBegun(logger);
        List<BackgroundService> begun = [];
        try
        {
            foreach (Duty duty in duties)
            {
                BackgroundService service = duty.Create(services);
                begun.Add(service);
                await service.StartAsync(cancellationToken);
            }

            // A duty that ends by itself has failed: the process must not go on as if it were done.
            await Task.WhenAny([Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken), .. begun.Select(service => service.ExecuteTask!)]);
            foreach (BackgroundService service in begun.Where(service => service.ExecuteTask!.IsFaulted)) await service.ExecuteTask!;
        }
        finally
        {
            foreach (BackgroundService service in Enumerable.Reverse(begun))
            {
                await service.StopAsync(CancellationToken.None);
                service.Dispose();
            }
        }
    }

    [LoggerMessage(4170, LogLevel.Information, "This node does from now on what is done once for the cluster: alarms, jobs, retention")]
    private static partial void LogBegun(ILogger logger);
}
