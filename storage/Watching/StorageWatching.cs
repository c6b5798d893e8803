using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace StepCloud.Storage;

/// <summary>By which names whoever watches the process finds what the storage tells of itself.</summary>
public static class StorageWatching
{
    public const string MeterName = "StepCloud.Storage";

    /// <summary>The source of its spans: one for each append on a trace, and one for each commit that carries such an append.</summary>
    public const string SourceName = "StepCloud.Storage";

    /// <summary>s. A commit is one write to the disk, a millisecond or a few; one that is tried again can take as long as it takes.</summary>
    internal static readonly InstrumentAdvice<double> CommitSeconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    internal static readonly ActivitySource Source = new(SourceName);
}
