using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Steps;

/// <summary>What one device did, or how its settings changed, as its gateway reports it.</summary>
/// <param name="Id">Made by the gateway; its time is within a day of the step's own.</param>
/// <param name="Device">The device, as the gateway announced it.</param>
/// <param name="Started">UTC, to the microsecond, by the gateway's clock.</param>
/// <param name="Ended">UTC, to the microsecond; not before <paramref name="Started"/>.</param>
/// <param name="Label">What the device calls the step; may be empty.</param>
/// <param name="Settings">A JSON object in UTF-8, without white space: the settings in force during the step.</param>
public sealed record StepEvent(
    StepId Id,
    DeviceId Device,
    StepKind Kind,
    DateTimeOffset Started,
    DateTimeOffset Ended,
    string Label,
    string Settings,
    IReadOnlyList<StepSeries> Series,
    IReadOnlyList<StepLog> Logs);

public enum StepKind : byte
{
    TaskPerformed = 1,
    SettingsChanged = 2,
}
