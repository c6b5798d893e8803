using Microsoft.Extensions.Options;
using Orleans.Placement;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Sessions;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cluster;

namespace StepCloud.Silo.Grains;

/// <summary>A gateway's actor in the cluster: on the node where the gateway is connected, so that what it sends does not travel on.</summary>
[PreferLocalPlacement]
internal sealed class GatewayGrain(
    IGrainContext context,
    IGatewayRegistry gateways,
    IGatewayChanges changes,
    IDeviceRegistry deviceRegistry,
    IEventStore events,
    IStepAllowance allowance,
    ITelemetryStore telemetry,
    ICommittedStepFeed feed,
    IEnumerable<IDeviceNews> news,
    TokenFamily tokenFamily,
    ICommandStore commandStore,
    ICommandLink commandLink,
    IOptions<CommandOptions> commandOptions,
    IPresenceStore presence,
    ThisNode node,
    TimeProvider clock)
    : GatewayActor(
        new GatewayId(context.GrainId.GetGuidKey()), gateways, changes, deviceRegistry, events, allowance, telemetry, feed, news, tokenFamily, commandStore,
        commandLink, commandOptions, presence, clock),
        IGatewayGrain, IGateway, IGrainBase
{
    public IGrainContext GrainContext => context;

    public Task OnActivateAsync(CancellationToken token) => ActivateAsync(token);

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => DeactivateAsync(token);

    /// <summary>When the gateway has come to another node, its actor follows: the next call makes it there.</summary>
    async Task IGateway.ConnectedAsync(GatewayConnection connection, CancellationToken cancellationToken)
    {
        await ConnectedAsync(connection, cancellationToken);
        if (!connection.Connection.StartsWith(node.Prefix, StringComparison.Ordinal)) this.DeactivateOnIdle();
    }
}
