using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Api.Mqtt;

/// <summary>Sends the commands that wait for gateways of this node: their actors are at another, which could only queue them.</summary>
internal sealed class CommandRelay(
    WaitingCommands waiting, ICommandStore commands, ICommandLink link, ThisNode node, MqttEndpoint endpoint, TimeProvider clock, ILogger<CommandRelay> logger)
    : NoticeWork(Notice.CommandWaits, node, endpoint, clock, logger)
{
    private const int GatewaysAtOnce = 1000;

    private readonly MqttEndpoint _endpoint = endpoint;
    private readonly TimeProvider _clock = clock;

    protected override async Task LookAsync(MqttServer server, IReadOnlyCollection<Guid>? subjects, CancellationToken cancellationToken)
    {
        IEnumerable<GatewayId> here = subjects is null
            ? server.Clients.Select(client => client.Identity).OfType<GatewayIdentity>().Select(identity => identity.Gateway).Distinct()
            : subjects.Select(subject => new GatewayId(subject)).Where(_endpoint.IsConnected);
        foreach (GatewayId[] some in here.Chunk(GatewaysAtOnce))
        {
            foreach (GatewayId gateway in await waiting.ListAsync(some, _clock.GetUtcNow(), cancellationToken))
                await QueuedCommands.SendAsync(gateway, commands, link, _clock, cancellationToken);
        }
    }
}
