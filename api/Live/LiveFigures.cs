using StepCloud.Api.Watching;

namespace StepCloud.Api.Live;

/// <summary>What watching costs this process, in numbers.</summary>
public sealed class LiveFigures
{
    private readonly ApiMetrics _metrics;
    private long _looks;
    private int _streams;
    private int _pumps;

    public LiveFigures(ApiMetrics metrics)
    {
        _metrics = metrics;
        metrics.Watch("stepcloud.live.streams", () => Streams, "{stream}", "Streams of Server-Sent Events that are open");
        metrics.Watch("stepcloud.live.watched", () => Watched, "{thing}", "Devices and sites that are watched by at least one stream");
    }

    /// <summary>How often the database was looked into for something new, since the process began.</summary>
    public long Looks => Interlocked.Read(ref _looks);

    /// <summary>Streams that are open.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Devices and sites that are watched by at least one.</summary>
    public int Watched => Volatile.Read(ref _pumps);

    internal void Looked() => Interlocked.Increment(ref _looks);

    internal void Refused() => _metrics.RefusedAsBusy("live_streams");

    /// <summary>One that does not read was let go.</summary>
    internal void LetGo() => _metrics.RefusedAsBusy("live_reader");

    internal void Count(int streams, int watched)
    {
        Volatile.Write(ref _streams, streams);
        Volatile.Write(ref _pumps, watched);
    }
}
