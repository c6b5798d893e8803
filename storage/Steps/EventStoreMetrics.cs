using System.Diagnostics.Metrics;

namespace StepCloud.Storage;

/// <summary>What the event store has done since the process began: as metrics, and to be read at once.</summary>
public sealed class EventStoreMetrics : IDisposable
{
    // Enough that the 99th percentile stands on 40 values; a live table shows the recent past.
    private const int LatenciesKept = 4096;

    private readonly Meter _meter = new(StorageWatching.MeterName);
    private readonly Counter<long> _stored;
    private readonly Counter<long> _samples;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _retries;
    private readonly Histogram<double> _commitSeconds;
    private readonly Histogram<int> _commitSteps;
    private readonly Lock _lock = new();
    private readonly TimeSpan[] _latencies = new TimeSpan[LatenciesKept];
    private EventStoreFigures _figures = new();

    public EventStoreMetrics()
    {
        _stored = _meter.CreateCounter<long>("stepcloud.steps.stored", "{step}", "Steps committed for the first time");
        _samples = _meter.CreateCounter<long>("stepcloud.samples.stored", "{sample}", "Values in the series of those steps");
        _duplicates = _meter.CreateCounter<long>("stepcloud.steps.duplicate", "{step}", "Steps that had been committed before");
        _refused = _meter.CreateCounter<long>("stepcloud.steps.refused", "{step}", "Steps that the store refused");
        _retries = _meter.CreateCounter<long>("stepcloud.commits.retried", "{commit}", "Commits that were tried again");
        _commitSeconds = _meter.CreateHistogram("stepcloud.commit.duration", "s", "From sending a commit of steps to its answer", advice: StorageWatching.CommitSeconds);
        _commitSteps = _meter.CreateHistogram(
            "stepcloud.commit.steps", "{step}", "Steps in a commit", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500] });
    }

    /// <summary>Begins to tell what waits, and how much of it there may be.</summary>
    internal void Watch(AppendQueue queue, StorageOptions options)
    {
        _meter.CreateObservableUpDownCounter("stepcloud.commit.queue.steps", () => queue.Load.Steps, "{step}", "Steps that are admitted and not committed yet");
        _meter.CreateObservableGauge("stepcloud.commit.queue.steps.limit", () => options.QueueStepsMax, "{step}", "Steps that may be admitted (Storage:QueueStepsMax)");
        _meter.CreateObservableUpDownCounter("stepcloud.commit.queue.size", () => queue.Load.Bytes, "By", "What those steps take in memory, about");
        _meter.CreateObservableGauge("stepcloud.commit.queue.size.limit", () => options.QueueBytesMax, "By", "What they may take (Storage:QueueBytesMax)");
        _meter.CreateObservableUpDownCounter("stepcloud.commit.queue.outside", () => queue.Load.Outside, "{call}", "Calls that wait to be admitted, because the queue is full");
    }

    /// <summary>The figures so far; the percentiles are of the last 4,096 commits.</summary>
    public EventStoreFigures Read()
    {
        lock (_lock)
        {
            int count = (int)Math.Min(_figures.Commits, LatenciesKept);
            TimeSpan[] sorted = _latencies[..count];
            Array.Sort(sorted);
            return _figures with { CommitMedian = Percentile(sorted, 0.50), Commit99 = Percentile(sorted, 0.99) };
        }
    }

    public void Dispose() => _meter.Dispose();

    internal void Committed(TimeSpan latency, int steps, int newSteps, long newSamples)
    {
        _stored.Add(newSteps);
        _samples.Add(newSamples);
        _commitSeconds.Record(latency.TotalSeconds);
        _commitSteps.Record(steps);
        lock (_lock)
        {
            _latencies[_figures.Commits % LatenciesKept] = latency;
            _figures = _figures with
            {
                Commits = _figures.Commits + 1,
                StepsStored = _figures.StepsStored + newSteps,
                SamplesStored = _figures.SamplesStored + newSamples,
            };
        }
    }

    internal void Duplicate()
    {
        _duplicates.Add(1);
        lock (_lock)
            _figures = _figures with { Duplicates = _figures.Duplicates + 1 };
    }

    internal void Refused(int steps = 1)
    {
        _refused.Add(steps);
        lock (_lock)
            _figures = _figures with { Refused = _figures.Refused + steps };
    }

    internal void Retried()
    {
        _retries.Add(1);
        lock (_lock)
            _figures = _figures with { Retries = _figures.Retries + 1 };
    }

    // Nearest rank.
    private static TimeSpan Percentile(TimeSpan[] sorted, double share) =>
        sorted.Length == 0 ? TimeSpan.Zero : sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
}

/// <param name="CommitMedian">Zero before the first commit.</param>
public sealed record EventStoreFigures(
    long StepsStored = 0,
    long SamplesStored = 0,
    long Duplicates = 0,
    long Refused = 0,
    long Commits = 0,
    long Retries = 0,
    TimeSpan CommitMedian = default,
    TimeSpan Commit99 = default);
