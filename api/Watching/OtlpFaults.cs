using System.Diagnostics.Tracing;

namespace StepCloud.Api.Watching;

/// <summary>Tells the log that what should be watched does not arrive: OpenTelemetry's exporters say so to nobody else.</summary>
/// <remarks>Once a minute at most: a collector that is away must not fill the log.</remarks>
internal sealed partial class OtlpFaults(ILogger<OtlpFaults> logger, TimeProvider clock) : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _toldAt;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter) EnableEvents(eventSource, EventLevel.Warning);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // Those that were there before come while the base class is still being made.
        if (clock is null || logger is null) return;
        lock (_lock)
        {
            if (_toldAt is { } toldAt && clock.GetElapsedTime(toldAt) < Every) return;
            _toldAt = clock.GetTimestamp();
        }

        // The address of the collector, and what went wrong; with the exception's stack, which says nothing of it.
        string what = string.Join(", ", (eventData.Payload ?? []).Select(part => part?.ToString()?.Split('\n')[0]));
        LogFault(logger, eventData.EventName ?? "", what);
    }

    [LoggerMessage(4510, LogLevel.Warning, "Traces, metrics or logs did not get to the collector ({Event}): {What}")]
    private static partial void LogFault(ILogger logger, string @event, string what);
}
