using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Tests.Support;

/// <summary>Small steps for tests, each valid as it is.</summary>
public static class TestSteps
{
    /// <summary>A step of ten seconds with its id of the same time.</summary>
    public static StepEvent Step(
        DeviceId device,
        DateTimeOffset? started = null,
        string label = "Layer 1 Up",
        string settings = "{}",
        StepSeries[]? series = null,
        StepLog[]? logs = null)
    {
        DateTimeOffset start = started ?? FakeClock.Start;
        return new StepEvent(
            StepId.New(start), device, StepKind.TaskPerformed, start, start.AddSeconds(10), label, settings,
            series ?? [Series("X1_ActualPosition", 198.0, 198.1)], logs ?? []);
    }

    /// <summary>A series at 10 Hz.</summary>
    public static StepSeries Series(string name, params double[] values) =>
        new(name, "mm", SeriesKind.Timeseries, PreferredChart.Line, [.. values.Select((_, index) => index * 100_000L)], values);

    public static StepSeries Singular(string name, double value) => new(name, "mL", SeriesKind.Singular, PreferredChart.Default, [], [value]);

    public static StepLog Log(params string[] lines) => new(LogKind.Build, "build log", lines);
}
