using Microsoft.Extensions.Options;
using StepCloud.Api.Hosting;
using StepCloud.Api.Live;
using StepCloud.Api.Watching;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>Holds what comes against the rules, in the one process that owns the actors.</summary>
internal sealed class AlarmWatch(
    StepAlarms steps, DeviceAlarms devices, StepBell<AlarmWatch> bell, IOptions<AlarmOptions> options, IOptions<LiveOptions> live,
    ApiMetrics metrics, TimeProvider clock, ILogger<AlarmWatch> logger) : BackgroundService
{
    /// <summary>Between two looks at steps: what it costs does not grow with the steps that come.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly DueWork _work = new(metrics, clock, logger);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        _work.EveryAsync(
            "step_alarms", () => bell.WaitAsync(options.Value.LookEvery, Pause, clock, stoppingToken), steps.ListDueAsync, steps.LookAsync, stoppingToken),
        LookAtDevicesAsync(stoppingToken));

    private async Task LookAtDevicesAsync(CancellationToken cancellationToken)
    {
        // When this process began, all gateways were away: they have some time to come back before that says anything.
        await Task.Delay(options.Value.SettleFor, clock, cancellationToken);
        await _work.EveryAsync(
            "device_alarms", () => Task.Delay(options.Value.LookAtDevicesEvery, clock, cancellationToken), devices.ListDueAsync,
            async (organization, stopping) =>
            {
                await devices.LookAsync(organization, live.Value.SilenceMax, stopping);
                return false;
            },
            cancellationToken);
    }
}
