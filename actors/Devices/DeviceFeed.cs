using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Hosting;
using StepCloud.Contracts;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Devices;

/// <summary>Carries committed steps from the gateways' actors to the devices' actors, off the way of the acknowledgement.</summary>
/// <remarks>Bounded: a notice that finds no room is left out. The device notices the gap at the next one and reads the store.</remarks>
public sealed partial class DeviceFeed : BackgroundService, ICommittedStepFeed
{
    private readonly IServiceProvider _services;
    private readonly ILogger<DeviceFeed> _logger;
    private readonly Channel<(DeviceId Device, CommittedSteps Committed)> _notices;

    public DeviceFeed(IServiceProvider services, IOptions<ActorHostOptions> options, ActorMetrics metrics, ILogger<DeviceFeed> logger)
    {
        _services = services;
        _logger = logger;
        _notices = Channel.CreateBounded<(DeviceId, CommittedSteps)>(
            new BoundedChannelOptions(options.Value.WaitingNoticesMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => metrics.LeftOut());
        metrics.WatchNotices(() => _notices.Reader.Count);
    }

    public void Publish(DeviceId device, CommittedSteps committed) => _notices.Writer.TryWrite((device, committed));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Asked for here and not injected: the actors' host is made with this feed in its hands.
        IActors actors = (IActors)(_services.GetService(typeof(IActors)) ?? throw new InvalidOperationException("No actors are hosted here."));
        await foreach ((DeviceId device, CommittedSteps committed) in _notices.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await actors.Device(device).StepsCommittedAsync(committed, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNoticeFailed(_logger, e, device);
            }
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "Device {Device} could not take in its committed steps; it reads them from the store at the next notice")]
    private static partial void LogNoticeFailed(ILogger logger, Exception exception, DeviceId device);
}
