using System.Globalization;
using StepCloud.Api.Ingress;
using StepCloud.Api.Mqtt;
using StepCloud.Storage;

namespace StepCloud.Api.Demo;

/// <summary>What the live table shows.</summary>
internal static class RunFigures
{
    /// <summary>Of a process, since it began.</summary>
    public static IReadOnlyList<RunFigure> Read(IServiceProvider services)
    {
        EventStoreFigures store = services.GetRequiredService<EventStoreMetrics>().Read();
        return
        [
            RunFigure.Of("gateways online", services.GetRequiredService<MqttEndpoint>().ClientCount),
            RunFigure.Of("steps stored", store.StepsStored),
            RunFigure.Of("samples stored", store.SamplesStored),
            RunFigure.Of("sent again, stored once", store.Duplicates),
            RunFigure.Of("refused", services.GetRequiredService<Uplink>().RefusedCount),
            RunFigure.Of("commit p50", store.CommitMedian),
            RunFigure.Of("commit p99", store.Commit99),
        ];
    }
}

internal sealed record RunFigure(string Name, string Value)
{
    public static RunFigure Of(string name, long value) => new(name, value.ToString("N0", CultureInfo.InvariantCulture));

    public static RunFigure Of(string name, TimeSpan value) => new(name, value.TotalMilliseconds.ToString("0.00 ms", CultureInfo.InvariantCulture));
}
