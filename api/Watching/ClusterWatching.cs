namespace StepCloud.Api.Watching;

/// <summary>By which names the nodes of a cluster tell of themselves. The program that runs on one is built on this, so they stand here.</summary>
public static class ClusterWatching
{
    public const string MeterName = "StepCloud.Cluster";

    /// <summary>The source of its spans: one for each call of an actor on a trace.</summary>
    public const string SourceName = "StepCloud.Cluster";
}
