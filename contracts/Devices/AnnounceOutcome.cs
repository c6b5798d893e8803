using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Contracts.Devices;

public abstract record AnnounceOutcome
{
    private AnnounceOutcome()
    {
    }

    /// <param name="ModelName">The catalogue's model that the announced string matched; `default` when none did.</param>
    public sealed record Known(DeviceId Device, DeviceModelId Model, string ModelName) : AnnounceOutcome;

    public sealed record Refused(Refusal Refusal) : AnnounceOutcome;
}
