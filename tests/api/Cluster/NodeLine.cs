using StepCloud.Api.Mqtt.Relay;

namespace StepCloud.Tests.Api.Cluster;

/// <summary>How one of two nodes calls the other: within the process, where a cluster has its own ways. A test can cut it.</summary>
internal sealed class NodeLine : IOtherNodes
{
    private const string Name = "the other";

    public ILiveRelay? Relay { get; set; }

    public bool IsCut { get; set; }

    public IReadOnlyList<string> List() => [Name];

    public Task WatchAsync(string node, WatchedGateways watched)
    {
        Called.Watches(Name, watched);
        return Task.CompletedTask;
    }

    public Task PublishAsync(string node, IReadOnlyList<RelayedMessage> messages) => Called.PublishAsync(messages);

    private ILiveRelay Called => IsCut || Relay is null ? throw new IOException("The line is cut.") : Relay;
}
