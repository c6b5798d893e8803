using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Contracts.Telemetry;

/// <summary>What a gateway tells of a device while things happen: its state, and the samples of the running step since the last element.</summary>
/// <param name="Sent">By the gateway's clock, when it was sent for the first time.</param>
/// <param name="Message">Why it is so, such as an error's text.</param>
/// <param name="Step">What the device does; not while it is idle.</param>
/// <param name="Series">New samples of the step.</param>
/// <param name="Body">All of it as JSON, in the form in which it is passed on.</param>
public sealed record TelemetryElement(
    TelemetryId Id, DeviceId Device, DateTimeOffset Sent, DeviceActivity State, string? Message, RunningStep? Step, IReadOnlyList<StepSeries> Series,
    string Body);

/// <summary>A step that is not finished.</summary>
/// <param name="Id">That the finished step will have.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="RemainingSeconds">Until its end, as the device estimates.</param>
public sealed record RunningStep(
    StepId Id, DateTimeOffset Started, string? Label, string? Job, double? Progress, long? Layer, long? Layers, double? RemainingSeconds);

/// <summary>What a device does, as its gateway tells. The numbers are stored.</summary>
public enum DeviceActivity
{
    Running = 1,
    Idle = 2,
    Error = 3,
}
