using StepCloud.Api.Ingress;
using StepCloud.Api.Mqtt;
using StepCloud.Storage;

namespace StepCloud.Api.Demo;

/// <summary>What the live table shows, since this process began.</summary>
internal sealed record RunFigures(
    int GatewaysOnline, long StepsStored, long SamplesStored, long AlreadyStored, long Refused, TimeSpan CommitMedian, TimeSpan Commit99)
{
    public static RunFigures Read(IServiceProvider services)
    {
        EventStoreFigures store = services.GetRequiredService<EventStoreMetrics>().Read();
        return new RunFigures(
            services.GetRequiredService<MqttEndpoint>().ClientCount,
            store.StepsStored,
            store.SamplesStored,
            store.Duplicates,
            services.GetRequiredService<Uplink>().RefusedCount,
            store.CommitMedian,
            store.Commit99);
    }
}
