using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Actors.Gateways;

/// <summary>The devices of a gateway's site, so that a step costs no query.</summary>
internal sealed class KnownDevices(IDeviceRegistry registry)
{
    private HashSet<DeviceId> _devices = [];
    private SiteId _site;

    public async Task LoadAsync(SiteId site, CancellationToken cancellationToken)
    {
        _site = site;
        IReadOnlyList<DeviceRecord> devices = await registry.ListBySiteAsync(site, cancellationToken);
        _devices = [.. devices.Select(device => device.Id)];
    }

    /// <summary>From now on the devices of that site are its; each is looked up when it is first met.</summary>
    public void MoveTo(SiteId site)
    {
        if (site == _site) return;
        _site = site;
        _devices = [];
    }

    /// <returns>Null for a device of the site. One that is not known here is looked up: another gateway of the site may have announced it since.</returns>
    public async ValueTask<Refusal?> CheckAsync(DeviceId device, CancellationToken cancellationToken)
    {
        if (_devices.Contains(device)) return null;
        if (await registry.FindAsync(device, cancellationToken) is not { } found) return GatewayRefusals.UnknownDevice(device);
        if (found.Site != _site) return GatewayRefusals.ForeignDevice(device);
        _devices.Add(device);
        return null;
    }
}
