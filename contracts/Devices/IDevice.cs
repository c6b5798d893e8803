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
public sealed record CommittedSteps(long? After, IReadOnlyList<CommittedStep> Steps);

/// <summary>A committed step and where it stands in the order of its device.</summary>
public sealed record CommittedStep(long Position, StepEvent Step);
