using StepCloud.Actors.Devices;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Gateways;

/// <summary>Remembers per device the last position that was committed, so that a device can tell whether it missed any.</summary>
internal sealed class CommitOrder
{
    private readonly Dictionary<DeviceId, long?> _last = [];

    /// <summary>What to tell each device of these steps.</summary>
    public IEnumerable<(DeviceId Device, CommittedSteps News)> Notices(IReadOnlyList<StepEvent> steps, IReadOnlyList<StepOutcome> outcomes)
    {
        Dictionary<DeviceId, List<CommittedStepHead>> byDevice = [];
        HashSet<DeviceId> unsure = [];
        for (int i = 0; i < steps.Count; i++)
        {
            DeviceId device = steps[i].Device;
            switch (outcomes[i])
            {
                case StepOutcome.Stored stored:
                    if (!byDevice.TryGetValue(device, out List<CommittedStepHead>? committed)) byDevice[device] = committed = [];
                    committed.Add(DeviceFold.HeadOf(stored.Position, steps[i]));
                    break;

                // Stored by whom and where is not known here: an earlier process perhaps, or a commit whose answer was lost.
                case StepOutcome.AlreadyStored:
                    unsure.Add(device);
                    break;
            }
        }

        foreach (DeviceId device in unsure)
        {
            _last[device] = null;
            byDevice.TryAdd(device, []);
        }

        foreach ((DeviceId device, List<CommittedStepHead> committed) in byDevice)
        {
            long? after = _last.GetValueOrDefault(device);
            if (committed.Count > 0) _last[device] = committed[^1].Position;
            yield return (device, new CommittedSteps(after, committed));
        }
    }
}
