using System.Diagnostics.Metrics;

namespace StepCloud.Storage;

/// <summary>What became of telemetry since the process began.</summary>
public sealed class TelemetryMetrics : IDisposable
{
    private readonly Meter _meter = new(StorageWatching.MeterName);
    private readonly Counter<long> _stored;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _retries;
    private readonly Histogram<double> _seconds;

    public TelemetryMetrics()
    {
        _stored = _meter.CreateCounter<long>("stepcloud.telemetry.stored", "{element}", "Elements of telemetry committed for the first time");
        _duplicates = _meter.CreateCounter<long>("stepcloud.telemetry.duplicate", "{element}", "Elements of telemetry that had been committed before");
        _refused = _meter.CreateCounter<long>("stepcloud.telemetry.refused", "{element}", "Elements of telemetry that the store refused, because they were too old");
        _retries = _meter.CreateCounter<long>("stepcloud.telemetry.commits.retried", "{commit}", "Commits of telemetry that were tried again");
        _seconds = _meter.CreateHistogram("stepcloud.telemetry.commit.duration", "s", "From the first try of a commit of telemetry to its success", advice: StorageWatching.CommitSeconds);
    }

    public void Dispose() => _meter.Dispose();

    internal void Committed(TimeSpan took, int elements, int newElements)
    {
        _seconds.Record(took.TotalSeconds);
        _stored.Add(newElements);
        _duplicates.Add(elements - newElements);
    }

    internal void Refused(int elements) => _refused.Add(elements);

    internal void Retried() => _retries.Add(1);
}
