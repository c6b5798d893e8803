using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Api.Mqtt;

/// <summary>Says what the actors of gateways cannot say, whose node is gone: that the gateways are, too. Whoever watches their devices looks again.</summary>
internal sealed class GoneGateways(
    IGatewayRegistry gateways, IEnumerable<IDeviceNews> news, ThisNode node, MqttEndpoint endpoint, TimeProvider clock, ILogger<GoneGateways> logger)
    : NoticeWork(Notice.GatewayGone, node, endpoint, clock, logger)
{
    private readonly IDeviceNews[] _news = [.. news];

    protected override async Task LookAsync(MqttServer server, IReadOnlyCollection<Guid>? subjects, CancellationToken cancellationToken)
    {
        // Those who watch look by themselves after a while: what was missed is not searched for.
        foreach (Guid subject in subjects ?? [])
        {
            if (await gateways.FindAsync(new GatewayId(subject), cancellationToken) is not { } gateway) continue;
            DeviceNews told = new(DeviceNewsKind.PresenceChanged, gateway.Organization, gateway.Site, gateway.Id, []);
            foreach (IDeviceNews hearer in _news) hearer.Publish(told);
        }
    }
}
