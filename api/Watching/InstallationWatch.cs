using StepCloud.Storage;

namespace StepCloud.Api.Watching;

/// <summary>Tells what waits in tables and which gateways are heard. Once for an installation: by the process that has the duties, and by no other.</summary>
internal sealed class InstallationGauges
{
    private volatile Figures? _figures;

    public InstallationGauges(ApiMetrics metrics)
    {
        metrics.Watch(
            "stepcloud.waiting", "queue", () => Read(figures => [("quarantine", figures.Queues.Quarantined), ("alarm_deliveries", figures.Queues.Deliveries), ("mails", figures.Queues.Mails), ("uploads", figures.Queues.Uploads)]),
            "{item}", $"What waits in tables, counted up to {InstallationFigures.CountMax}, by queue: quarantine (open), alarm_deliveries, mails, uploads (recordings of which not all has come)");
        metrics.Watch(
            "stepcloud.recordings.faulty", "fault", () => Read(figures => [("rotten", figures.Queues.RottenRecordings)]),
            "{recording}", $"Recordings that were found to be no longer what was written (rotten), counted up to {InstallationFigures.CountMax}");
        metrics.Watch(
            "stepcloud.gateways", "state", () => Read(figures => ListStates(figures.Gateways)),
            "{gateway}", "Paired gateways with a monitored device, by state: online, away (heard within 15 minutes), silent (not heard for longer), gone (not for 7 days)");
        metrics.Watch("stepcloud.duties", () => _figures is null ? 0 : 1, "{flag}", "1 in the process that does what is done once for the installation: alarms, jobs, retention");
    }

    /// <summary>Null: another process tells it.</summary>
    public void Set(QueueFigures? queues, GatewayFigures? gateways) => _figures = queues is null || gateways is null ? null : new Figures(queues, gateways);

    private (string, long)[] Read(Func<Figures, (string, long)[]> read) => _figures is { } figures ? read(figures) : [];

    private static (string, long)[] ListStates(GatewayFigures gateways) =>
        [("online", gateways.Online), ("away", gateways.Away), ("silent", gateways.Silent), ("gone", gateways.Gone)];

    private sealed record Figures(QueueFigures Queues, GatewayFigures Gateways);
}

/// <summary>Counts once a minute.</summary>
internal sealed partial class InstallationWatch(InstallationFigures figures, InstallationGauges gauges, TimeProvider clock, ILogger<InstallationWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Every, clock);
        try
        {
            do
            {
                await CountAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            gauges.Set(null, null);
        }
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            gauges.Set(await figures.CountWaitingAsync(cancellationToken), await figures.CountGatewaysAsync(cancellationToken));
        }
        catch (StorageException e)
        {
            LogNotCounted(logger, e);
        }
    }

    [LoggerMessage(4511, LogLevel.Warning, "What waits could not be counted; the metrics have what was counted before")]
    private static partial void LogNotCounted(ILogger logger, Exception exception);
}
