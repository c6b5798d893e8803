using Microsoft.Extensions.Options;
using StepCloud.Api.Hosting;
using StepCloud.Api.Live;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>Holds what comes against the rules, in the one process that owns the actors.</summary>
internal sealed class AlarmWatch(
    StepAlarms steps, DeviceAlarms devices, GatewayAlarms gateways, StepBell<AlarmWatch> bell, IOptions<AlarmOptions> options, IOptions<LiveOptions> live,
    ApiMetrics metrics, TimeProvider clock, ILogger<AlarmWatch> logger) : BackgroundService
{
    /// <summary>Between two looks at steps: what it costs does not grow with the steps that come.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly DueWork _work = new(metrics, clock, logger);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        _work.EveryAsync(
            "step_alarms", () => bell.WaitAsync(options.Value.LookEvery, Pause, clock, stoppingToken), steps.ListDueAsync, steps.LookAsync, stoppingToken),
        LookAtWhoIsThereAsync(stoppingToken));

    private async Task LookAtWhoIsThereAsync(CancellationToken cancellationToken)
    {
        // When this process began, all gateways were away: they have some time to come back before that says anything.
        await Task.Delay(options.Value.SettleFor, clock, cancellationToken);
        await Task.WhenAll(
            EveryAsync("device_alarms", devices.ListDueAsync, (organization, stopping) => devices.LookAsync(organization, live.Value.SilenceMax, stopping), cancellationToken),
            EveryAsync("gateway_alarms", gateways.ListDueAsync, gateways.LookAsync, cancellationToken));
    }

    private Task EveryAsync(
        string of, Func<CancellationToken, Task<List<OrganizationId>>> list, Func<OrganizationId, CancellationToken, Task> look, CancellationToken cancellationToken) =>
        _work.EveryAsync(
            of, () => Task.Delay(options.Value.LookAtDevicesEvery, clock, cancellationToken), list,
            async (organization, stopping) =>
            {
                await look(organization, stopping);
                return false;
            },
            cancellationToken);
}
