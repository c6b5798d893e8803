using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.GatewaySim.Wire;

namespace StepCloud.GatewaySim.Machines;

/// <summary>A step as a machine does it, before the clock says when.</summary>
/// <param name="label">What the machine calls it.</param>
/// <param name="duration">At the machine's own speed.</param>
public sealed class StepDraft(string label, TimeSpan duration, StepKind kind = StepKind.TaskPerformed)
{
    private readonly List<StepSeries> _series = [];
    private readonly List<StepLog> _logs = [];

    public TimeSpan Duration { get; } = duration;

    public JsonObject Settings { get; init; } = [];

    public StepDraft Timeseries(string name, string unit, PreferredChart chart, TimeSpan first, TimeSpan interval, double[] values)
    {
        long[] times = [.. values.Select((_, i) => (long)(first + interval * i).TotalMicroseconds)];
        _series.Add(new StepSeries(name, unit, SeriesKind.Timeseries, chart, times, values));
        return this;
    }

    public StepDraft Singular(string name, string unit, double value)
    {
        _series.Add(new StepSeries(name, unit, SeriesKind.Singular, PreferredChart.Bar, [], [value]));
        return this;
    }

    public StepDraft Log(LogKind kind, string label, params string[] lines)
    {
        _logs.Add(new StepLog(kind, label, lines));
        return this;
    }

    /// <param name="started">Cut to the microsecond, which is what the server keeps.</param>
    /// <param name="speed">The machine runs so many times as fast, its samples included.</param>
    public StepEvent At(DateTimeOffset started, DeviceId device, double speed)
    {
        started = new DateTimeOffset(started.UtcTicks - started.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        long microseconds = (long)(Duration.TotalMicroseconds / speed);
        return new StepEvent(
            StepId.New(started),
            device,
            kind,
            started,
            started.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond),
            label,
            SettingsJson.Of(Settings),
            [.. _series.Select(series => series with { TimesMicroseconds = [.. series.TimesMicroseconds.Select(time => (long)(time / speed))] })],
            [.. _logs]);
    }
}
