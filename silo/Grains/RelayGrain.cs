using StepCloud.Api.Mqtt.Relay;
using StepCloud.Silo.Placement;

namespace StepCloud.Silo.Grains;

public interface IRelayGrain : IGrainWithStringKey
{
    Task WatchAsync(string node, long number, Guid[] gateways);

    Task PublishAsync(Passed[] messages);
}

/// <summary>As <see cref="RelayedMessage"/>, for the way.</summary>
[GenerateSerializer, Immutable]
public sealed record Passed(
    [property: Id(0)] string Topic, [property: Id(1)] byte[] Payload, [property: Id(2)] byte[] Properties, [property: Id(3)] byte Qos, [property: Id(4)] DateTimeOffset? ExpiresAt);

/// <summary>Where a node is called that is meant itself, and not whoever is there. Its key is the node's name.</summary>
[OnItsNode]
internal sealed class RelayGrain(ILiveRelay relay) : Grain, IRelayGrain
{
    public Task WatchAsync(string node, long number, Guid[] gateways)
    {
        relay.Watches(node, new WatchedGateways(number, gateways));
        return Task.CompletedTask;
    }

    public Task PublishAsync(Passed[] messages) =>
        relay.PublishAsync([.. messages.Select(message => new RelayedMessage(message.Topic, message.Payload, message.Properties, message.Qos, message.ExpiresAt))]);
}

/// <summary>The nodes of the cluster but this one, by the names that Orleans gives them: a node that was started again has another.</summary>
internal sealed class OtherNodes(IGrainFactory grains, ISiloStatusOracle nodes) : IOtherNodes
{
    public IReadOnlyList<string> List() =>
        [.. nodes.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(node => !node.Equals(nodes.SiloAddress)).Select(node => node.ToParsableString())];

    public Task WatchAsync(string node, WatchedGateways watched) =>
        grains.GetGrain<IRelayGrain>(node).WatchAsync(nodes.SiloAddress.ToParsableString(), watched.Number, [.. watched.Gateways]);

    public Task PublishAsync(string node, IReadOnlyList<RelayedMessage> messages) => grains.GetGrain<IRelayGrain>(node)
        .PublishAsync([.. messages.Select(message => new Passed(message.Topic, message.Payload, message.Properties, message.Qos, message.ExpiresAt))]);
}
