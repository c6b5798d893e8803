using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Actors.Gateways;

/// <summary>The devices of a gateway's site, so that a step costs no query.</summary>
internal sealed class KnownDevices(IDeviceRegistry registry)
{
    /// <summary>With when they went into the archive; null for those in use.</summary>
    private Dictionary<DeviceId, DateTimeOffset?> _devices = [];
    private SiteId _site;
    private long _version;

    public async Task LoadAsync(SiteId site, CancellationToken cancellationToken)
    {
        _site = site;
        // Before it is read: what changes meanwhile has it read once more.
        _version = registry.ArchiveVersion;
        _devices = (await registry.ListBySiteAsync(site, cancellationToken)).ToDictionary(device => device.Id, device => device.ArchivedAt);
    }

    /// <summary>From now on the devices of that site are its; each is looked up when it is first met.</summary>
    public void MoveTo(SiteId site)
    {
        if (site == _site) return;
        _site = site;
        _devices = [];
    }

    /// <param name="madeAt">By the gateway's clock. What was made before its device went into the archive is taken whenever it comes.</param>
    /// <returns>Null for a device of the site. One that is not known here is looked up: another gateway of the site may have announced it since.</returns>
    public async ValueTask<Refusal?> CheckAsync(DeviceId device, DateTimeOffset madeAt, CancellationToken cancellationToken)
    {
        if (_version != registry.ArchiveVersion) await LoadAsync(_site, cancellationToken);
        if (!_devices.TryGetValue(device, out DateTimeOffset? archivedAt))
        {
            if (await registry.FindAsync(device, cancellationToken) is not { } found) return GatewayRefusals.UnknownDevice(device);
            if (found.Site != _site) return GatewayRefusals.ForeignDevice(device);
            archivedAt = _devices[device] = found.ArchivedAt;
        }

        return archivedAt < madeAt ? DeviceRefusals.Archived(device, archivedAt.Value) : null;
    }
}
