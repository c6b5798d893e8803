using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Workflows;

/// <summary>A step that was done for a job, as it is held against the blueprint.</summary>
/// <param name="Kind">Of the device, such as `curing_unit`.</param>
/// <param name="Series">By name.</param>
public sealed record DoneStep(
    StepId Id, DeviceId Device, Guid Model, string Kind, string Label, DateTimeOffset Started, DateTimeOffset Ended, StepResult? Outcome, JsonElement Settings,
    IReadOnlyDictionary<string, DoneSeries> Series)
{
    public double DurationS => (Ended - Started).TotalSeconds;

    /// <summary>A text of the settings, or a number as it is written; null when there is none.</summary>
    public string? Text(string pointer) => Alarms.SettingWatch.Find(Settings, pointer) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };
}

/// <summary>What is known of a series without its samples.</summary>
public sealed record DoneSeries(string Unit, int Count, double First, double Last, double Min, double Max, double Mean, double P05, double P50, double P95)
{
    public double Get(SeriesStatistic statistic) => statistic switch
    {
        SeriesStatistic.First => First,
        SeriesStatistic.Last => Last,
        SeriesStatistic.Min => Min,
        SeriesStatistic.Max => Max,
        SeriesStatistic.Mean => Mean,
        SeriesStatistic.P05 => P05,
        SeriesStatistic.P50 => P50,
        SeriesStatistic.P95 => P95,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
