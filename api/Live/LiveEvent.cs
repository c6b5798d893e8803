using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using StepCloud.Api.Steps;
using StepCloud.Storage;

namespace StepCloud.Api.Live;

internal enum LiveEventKind
{
    /// <summary>What a device is shown as. Without an id: whoever comes again is told anew.</summary>
    State,

    Samples,
    Step,

    /// <summary>A comment, so that everything between here and there sees that the connection is in use.</summary>
    HeartBeat,
}

/// <summary>An event of a stream, written once for everybody who watches.</summary>
/// <param name="Position">Of the telemetry or the step.</param>
/// <param name="Lines">Its lines but for the id, which is each stream's own, and the empty one at the end.</param>
internal sealed record LiveEvent(LiveEventKind Kind, long Position, byte[] Lines)
{
    public static readonly LiveEvent HeartBeat = new(LiveEventKind.HeartBeat, 0, ":\n"u8.ToArray());

    /// <summary>Where a stream that has shown up to a position is after this event; null when it has shown the event already.</summary>
    public LivePosition? After(LivePosition shown) => Kind switch
    {
        LiveEventKind.Samples => Position > shown.Telemetry ? shown with { Telemetry = Position } : null,
        LiveEventKind.Step => Position > shown.Steps ? shown with { Steps = Position } : null,
        _ => shown,
    };
}

/// <summary>Writes events as Server-Sent Events (HTML, section 9.2).</summary>
internal sealed class LiveEvents(IOptions<JsonOptions> json)
{
    public LiveEvent State(DeviceStatus status) => new(LiveEventKind.State, 0, Lines("state", Write(DeviceStateResponse.Of(status))));

    public LiveEvent Of(LiveItem item) => item switch
    {
        LiveStep step => new LiveEvent(LiveEventKind.Step, step.Position, Lines("step", Write(StepSummary.Of(step.Step)))),
        LiveTelemetry telemetry => new LiveEvent(LiveEventKind.Samples, telemetry.Position, Lines("samples", Encoding.UTF8.GetBytes(telemetry.Body))),
        _ => throw new UnreachableException(),
    };

    /// <summary>What a stream is told that cannot be continued: what it has must be read anew.</summary>
    public static byte[] Reset(LivePosition position) => [.. "event: reset\ndata: {}\n"u8, .. Id(position)];

    public static byte[] Id(LivePosition position) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"id: {position.Steps}.{position.Telemetry}\n\n"));

    public static string Text(LivePosition position) => string.Create(CultureInfo.InvariantCulture, $"{position.Steps}.{position.Telemetry}");

    /// <summary>Reads a `Last-Event-ID`.</summary>
    public static LivePosition? Parse(string text) =>
        text.Split('.') is [var steps, var telemetry]
        && long.TryParse(steps, NumberStyles.None, CultureInfo.InvariantCulture, out long step)
        && long.TryParse(telemetry, NumberStyles.None, CultureInfo.InvariantCulture, out long sample)
            ? new LivePosition(step, sample)
            : null;

    // JSON escapes line ends, so the data is one line.
    private static byte[] Lines(string name, byte[] data) => [.. "event: "u8, .. Encoding.ASCII.GetBytes(name), .. "\ndata: "u8, .. data, .. "\n"u8];

    private byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, json.Value.SerializerOptions);
}
