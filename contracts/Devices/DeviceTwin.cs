using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Devices;

/// <summary>The fold over a device's events.</summary>
/// <param name="Position">Of the last event that is folded in; 0 before the first.</param>
/// <param name="Settings">The newest settings, by the time of their step: a JSON object.</param>
/// <param name="LastValues">Per series the last value of the newest step that had it.</param>
public sealed record DeviceTwin(
    long Position,
    long StepsStored,
    long SamplesStored,
    LastStep? LastStep,
    string Settings,
    DateTimeOffset? SettingsFrom,
    IReadOnlyDictionary<string, LastValue> LastValues)
{
    public static readonly DeviceTwin Empty = new(0, 0, 0, null, "{}", null, new Dictionary<string, LastValue>());
}

public sealed record LastStep(StepId Id, string Label, DateTimeOffset Started, DateTimeOffset Ended);

/// <param name="At">UTC time of the sample.</param>
public sealed record LastValue(double Value, string Unit, DateTimeOffset At);
