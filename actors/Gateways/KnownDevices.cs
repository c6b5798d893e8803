using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Actors.Gateways;

/// <summary>The devices that a gateway has sent something of, so that a step costs no query.</summary>
/// <remarks>Not all of its site: a large one has thousands, each gateway sends of a few, and every gateway has an actor.</remarks>
internal sealed class KnownDevices(IDeviceRegistry registry)
{
    /// <summary>Of the gateway's site, with when they went into the archive; null for those in use.</summary>
    private readonly Dictionary<DeviceId, DateTimeOffset?> _devices = [];
    private SiteId _site;
    private long _version;

    /// <summary>From now on the devices of that site are its.</summary>
    public void MoveTo(SiteId site)
    {
        if (site == _site) return;
        _site = site;
        _devices.Clear();
    }

    /// <summary>They may be other than they were.</summary>
    public void Forget(IEnumerable<DeviceId> devices)
    {
        foreach (DeviceId device in devices) _devices.Remove(device);
    }

    /// <summary>Looks up, all at once, those that are met for the first time, or again after any went into the archive.</summary>
    /// <param name="devices">Each with when what was sent of it was made, by the gateway's clock: what was made before its device went into the archive is taken whenever it comes.</param>
    /// <returns>What speaks against each: that it is unknown, another site's, or in the archive; null for nothing.</returns>
    public async ValueTask<Refusal?[]> CheckAsync(IReadOnlyList<(DeviceId Device, DateTimeOffset MadeAt)> devices, CancellationToken cancellationToken)
    {
        if (_version != registry.ArchiveVersion)
        {
            // Before they are read: what changes meanwhile has them read once more.
            _version = registry.ArchiveVersion;
            _devices.Clear();
        }

        HashSet<DeviceId> foreign = [];
        DeviceId[] met = [.. devices.Select(sent => sent.Device).Where(device => !_devices.ContainsKey(device)).Distinct()];
        if (met.Length > 0)
        {
            foreach (DeviceRecord found in await registry.ListAsync(met, cancellationToken))
            {
                if (found.Site == _site) _devices[found.Id] = found.ArchivedAt;
                else foreign.Add(found.Id);
            }
        }

        Refusal?[] refusals = new Refusal?[devices.Count];
        for (int i = 0; i < refusals.Length; i++)
        {
            (DeviceId device, DateTimeOffset madeAt) = devices[i];
            if (!_devices.TryGetValue(device, out DateTimeOffset? archivedAt))
                refusals[i] = foreign.Contains(device) ? GatewayRefusals.ForeignDevice(device) : GatewayRefusals.UnknownDevice(device);
            else if (archivedAt < madeAt) refusals[i] = DeviceRefusals.Archived(device, archivedAt.Value);
        }

        return refusals;
    }
}
