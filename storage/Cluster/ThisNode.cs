namespace StepCloud.Storage.Cluster;

/// <summary>This process among those that run one installation.</summary>
/// <param name="Id">Of this run of the process: a restart is another node.</param>
/// <param name="IsOneOfMany">It is a node of a cluster. False: the actors and the gateways' connections are in this process alone.</param>
public sealed record ThisNode(Guid Id, bool IsOneOfMany)
{
    /// <summary>The beginning of the names of its connections (`gateway_presence.connection`).</summary>
    public string Prefix { get; } = Id.ToString("N") + ":";
}
