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
    IReadOnlyList<StepLog> Logs)
{
    /// <summary>How it ended; null when the gateway does not say.</summary>
    public StepResult? Outcome { get; init; }

    /// <summary>The code of the job it was done for, as the shop scans it; null for none.</summary>
    public string? Job { get; init; }

    /// <summary>Counted by the gateway, one up with each step; null when it does not count.</summary>
    public long? Sequence { get; init; }
}

public enum StepResult : byte
{
    Succeeded = 1,

    /// <summary>It came to its end, and what came of it is no good.</summary>
    Failed = 2,

    /// <summary>It was stopped before its end.</summary>
    Aborted = 3,
}

public enum StepKind : byte
{
    TaskPerformed = 1,
    SettingsChanged = 2,
}
