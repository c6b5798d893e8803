using Microsoft.Extensions.Options;
using StepCloud.Api.Live;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>Holds what comes against the rules, in the one process that owns the actors.</summary>
/// <remarks>What is to be looked at stands in tables, so nothing is missed however long this process was away.</remarks>
internal sealed partial class AlarmWatch(
    StepAlarms steps, DeviceAlarms devices, AlarmBell bell, IOptions<AlarmOptions> options, IOptions<LiveOptions> live, TimeProvider clock,
    ILogger<AlarmWatch> logger) : BackgroundService
{
    /// <summary>Between two looks at steps: what it costs does not grow with the steps that come.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        EveryAsync(() => bell.WaitAsync(options.Value.LookEvery, Pause, clock, stoppingToken), steps.ListDueAsync, LookAtStepsAsync, stoppingToken),
        EveryAsync(
            () => Task.Delay(options.Value.LookAtDevicesEvery, clock, stoppingToken), devices.ListDueAsync,
            (organization, cancellationToken) => devices.LookAsync(organization, live.Value.SilenceMax, cancellationToken), stoppingToken));

    private async Task LookAtStepsAsync(SiteId site, CancellationToken cancellationToken)
    {
        while (await steps.LookAsync(site, cancellationToken))
        {
        }
    }

    /// <summary>Looks at all that is due, again and again. What cannot be looked at of one keeps no other one waiting.</summary>
    private async Task EveryAsync<T>(
        Func<Task> wait, Func<CancellationToken, Task<List<T>>> list, Func<T, CancellationToken, Task> look, CancellationToken cancellationToken)
        where T : struct
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                foreach (T due in await list(cancellationToken)) await TryAsync(due, look, cancellationToken);
            }
            catch (StorageException e)
            {
                LogNotLooked(logger, e);
            }

            await wait();
        }
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
