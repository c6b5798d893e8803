using Microsoft.Extensions.Options;
using StepCloud.Api.Live;
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
        EveryAsync(() => bell.WaitAsync(options.Value.LookEvery, Pause, clock, stoppingToken), steps.ListDueAsync, steps.LookAsync, stoppingToken),
        LookAtDevicesAsync(stoppingToken));

    private async Task LookAtDevicesAsync(CancellationToken cancellationToken)
    {
        // When this process began, all gateways were away: they have some time to come back before that says anything.
        await Task.Delay(options.Value.SettleFor, clock, cancellationToken);
        await EveryAsync(
            () => Task.Delay(options.Value.LookAtDevicesEvery, clock, cancellationToken), devices.ListDueAsync,
            async (organization, stopping) =>
            {
                await devices.LookAsync(organization, live.Value.SilenceMax, stopping);
                return false;
            },
            cancellationToken);
    }

    /// <summary>
    /// Looks at all that is due, again and again, at some of each in turn: one that has much keeps no other one waiting, nor one that cannot be looked at.
    /// </summary>
    /// <param name="look">True when there is more of it.</param>
    private async Task EveryAsync<T>(
        Func<Task> wait, Func<CancellationToken, Task<List<T>>> list, Func<T, CancellationToken, Task<bool>> look, CancellationToken cancellationToken)
        where T : struct
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            bool isMore = false;
            try
            {
                foreach (T due in await list(cancellationToken)) isMore |= await TryAsync(due, look, cancellationToken);
            }
            catch (StorageException e)
            {
                LogNotLooked(logger, e);
            }

            if (!isMore) await wait();
        }
    }

    private async Task<bool> TryAsync<T>(T due, Func<T, CancellationToken, Task<bool>> look, CancellationToken cancellationToken)
        where T : struct
    {
        try
        {
            return await look(due, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(logger, e, typeof(T).Name, due.ToString());
            return false;
        }
    }

    [LoggerMessage(4164, LogLevel.Warning, "Alarms could not be looked after; it is tried again at the next time")]
    private static partial void LogNotLooked(ILogger logger, Exception exception);

    [LoggerMessage(4165, LogLevel.Error, "What came of {Kind} {Id} could not be held against the alarm rules; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception exception, string kind, string? id);
}
