using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Tests.Unit.Actors;

internal static class Steps
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A step of that device, so many minutes after the start, with one series of two values.</summary>
    public static StepEvent Of(DeviceId device, int minutes = 0, double value = 1, string settings = "{}")
    {
        DateTimeOffset started = Start.AddMinutes(minutes);
        StepSeries series = new("force", "kg", SeriesKind.Timeseries, PreferredChart.Line, [0, 1_000_000], [value - 1, value]);
        return new StepEvent(
            StepId.New(started), device, StepKind.TaskPerformed, started, started.AddSeconds(2), $"step {minutes}", settings, [series], []);
    }
}
