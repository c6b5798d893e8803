using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Gateways;

/// <summary>Brings committed steps to their devices, after the acknowledgement and off its way.</summary>
public interface ICommittedStepFeed
{
    /// <summary>Never waits and never fails: a notice that finds no room is left out, and the device reads the store at the next one.</summary>
    void Publish(DeviceId device, CommittedSteps committed);
}
