using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Telemetry;
using StepCloud.Storage;

namespace StepCloud.Api.Live;

/// <summary>What a device does now.</summary>
/// <param name="State">`offline`, `idle`, `running` or `error`.</param>
/// <param name="Since">By the server's clock; null when that is not known.</param>
/// <param name="At">When its last telemetry was received.</param>
/// <param name="Message">Why it is so, as its gateway told.</param>
/// <param name="Step">What it does, while it runs or is in error.</param>
public sealed record DeviceStateResponse(
    DeviceId Device, string State, DateTimeOffset? Since, DateTimeOffset? At, string? Message, RunningStepResponse? Step)
{
    public static DeviceStateResponse Of(DeviceStatus status) => new(
        status.Device, status.State is { } state ? ActivityNames.Of(state) : "offline", status.Since, status.At, status.Message,
        status.Step is { } step ? RunningStepResponse.Of(step) : null);
}

/// <param name="Id">That the finished step will have.</param>
/// <param name="Started">By the gateway's clock.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="RemainingS">Seconds to its end, as the device estimates.</param>
public sealed record RunningStepResponse(
    StepId Id, DateTimeOffset Started, string? Label, string? Job, double? Progress, long? Layer, long? Layers, double? RemainingS)
{
    public static RunningStepResponse Of(RunningStep step) => new(
        step.Id, step.Started, step.Label, step.Job, step.Progress, step.Layer, step.Layers, step.RemainingSeconds);
}

/// <summary>A device's running step with its samples so far.</summary>
/// <param name="IsWhole">False when the step has more samples than are told here: then these are the last ones.</param>
/// <param name="LastEventId">The device's stream, begun with it, goes on exactly behind these samples.</param>
public sealed record RunningResponse(DeviceStateResponse State, IReadOnlyList<RunningSeries> Series, bool IsWhole, string LastEventId);

/// <param name="TimesUs">Whole microseconds since the step's start; none for a singular series.</param>
public sealed record RunningSeries(string Name, string Unit, long[] TimesUs, double[] Values);
