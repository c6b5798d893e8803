using System.Diagnostics;
using OpenTelemetry.Trace;

namespace StepCloud.Api.Watching;

/// <summary>Which traces are recorded.</summary>
/// <remarks>
/// A span within the process follows its parent. What comes from outside is recorded when its sender says so, and otherwise by the ratio; both together no
/// more than so many a second. Only requests and batches of messages begin a trace: a look of a background service at the database is none.
/// </remarks>
public sealed class TraceSampler(OtlpOptions options, TimeProvider clock) : Sampler
{
    private readonly TraceIdRatioBasedSampler _ratio = new(options.TraceRatio);
    private readonly Lock _lock = new();
    private double _left = options.TracesPerSecondMax;
    private long _filledAt = clock.GetTimestamp();

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        ActivityContext parent = samplingParameters.ParentContext;
        if (parent != default && !parent.IsRemote) return Decide(parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded));
        if (samplingParameters.Kind is not (ActivityKind.Server or ActivityKind.Consumer) || IsQuiet(samplingParameters.Tags)) return Decide(false);
        bool isWanted = parent == default
            ? _ratio.ShouldSample(samplingParameters).Decision == SamplingDecision.RecordAndSample
            : parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
        return Decide(isWanted && TryTake());
    }

    private static SamplingResult Decide(bool isRecorded) => new(isRecorded ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);

    /// <summary>What is asked every second, by machines, and says nothing.</summary>
    private static bool IsQuiet(IEnumerable<KeyValuePair<string, object?>>? tags) =>
        tags?.Any(tag => tag is { Key: "url.path", Value: string path } && (path == MetricsEndpoint.Path || path.StartsWith("/health/", StringComparison.Ordinal))) == true;

    private bool TryTake()
    {
        lock (_lock)
        {
            long now = clock.GetTimestamp();
            _left = Math.Min(options.TracesPerSecondMax, _left + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * options.TracesPerSecondMax));
            _filledAt = now;
            if (_left < 1) return false;
            _left--;
            return true;
        }
    }
}
