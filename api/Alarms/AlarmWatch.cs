using Microsoft.Extensions.Options;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>Holds what comes against the rules, in the one process that owns the actors.</summary>
/// <remarks>What is to be looked at stands in tables, so nothing is missed however long this process was away.</remarks>
internal sealed partial class AlarmWatch(StepAlarms steps, DeviceAlarms devices, IOptions<AlarmOptions> options, TimeProvider clock, ILogger<AlarmWatch> logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        EveryAsync(options.Value.LookEvery, steps.ListDueAsync, LookAtStepsAsync, stoppingToken),
        EveryAsync(options.Value.LookAtDevicesEvery, devices.ListDueAsync, LookAtDevicesAsync, stoppingToken));

    private async Task LookAtStepsAsync(SiteId site, CancellationToken cancellationToken)
    {
        while (await steps.LookAsync(site, cancellationToken))
        {
        }
    }

    private Task LookAtDevicesAsync(OrganizationId organization, CancellationToken cancellationToken) =>
        devices.LookAsync(organization, options.Value.TelemetryLifetime, cancellationToken);

    /// <summary>Looks at all that is due. What cannot be looked at of one keeps no other one waiting.</summary>
    private async Task EveryAsync<T>(
        TimeSpan period, Func<CancellationToken, Task<List<T>>> list, Func<T, CancellationToken, Task> look, CancellationToken cancellationToken)
        where T : struct
    {
        using PeriodicTimer timer = new(period, clock);
        do
        {
            try
            {
                foreach (T due in await list(cancellationToken)) await TryAsync(due, look, cancellationToken);
            }
            catch (StorageException e)
            {
                LogNotLooked(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task TryAsync<T>(T due, Func<T, CancellationToken, Task> look, CancellationToken cancellationToken)
        where T : struct
    {
        try
        {
            await look(due, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException and not StorageException { IsTransient: true })
        {
            LogFailed(logger, e, typeof(T).Name, due.ToString());
        }
    }

    [LoggerMessage(4150, LogLevel.Warning, "Alarms could not be looked after; it is tried again at the next time")]
    private static partial void LogNotLooked(ILogger logger, Exception exception);

    [LoggerMessage(4151, LogLevel.Error, "What came of {Kind} {Id} could not be held against the alarm rules; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception, string kind, string? id);
}
