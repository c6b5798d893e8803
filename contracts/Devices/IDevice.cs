using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Contracts.Devices;

/// <summary>A device's twin: what its events add up to. Losing it loses nothing.</summary>
public interface IDevice
{
    /// <summary>Steps of this device that were committed, in their order.</summary>
    /// <param name="committed">Steps already folded are passed over; after a gap the device reads what it missed from the store.</param>
    Task StepsCommittedAsync(CommittedSteps committed, CancellationToken cancellationToken);

    Task<DeviceTwin> GetTwinAsync(CancellationToken cancellationToken);
}

/// <param name="After">The position of the device's step before these; null when the sender does not know it.</param>
public sealed record CommittedSteps(long? After, IReadOnlyList<CommittedStepHead> Steps);

/// <summary>What a device's twin needs of a stored step: all but its samples and lines.</summary>
public sealed record CommittedStepHead(
    long Position,
    StepId Id,
    StepKind Kind,
    DateTimeOffset Started,
    DateTimeOffset Ended,
    string Label,
    string Settings,
    IReadOnlyList<SeriesHead> Series);

/// <param name="SampleCount">Values in the series.</param>
/// <param name="LastTimeMicroseconds">Of the last value, since the step's start; 0 for a singular one.</param>
public sealed record SeriesHead(string Name, string Unit, int SampleCount, long LastTimeMicroseconds, double LastValue);
