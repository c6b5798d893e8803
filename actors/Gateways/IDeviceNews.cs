using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Gateways;

/// <summary>Hears from the gateways' actors, after the commit, that there is something new of devices. Any number of them may be registered.</summary>
public interface IDeviceNews
{
    /// <summary>Never waits and never fails. News only say "look": what there is stands in the tables, and whoever missed some finds it there.</summary>
    void Publish(DeviceNews news);
}

/// <param name="Site">The devices'.</param>
/// <param name="Devices">Which; empty when it concerns all of the gateway's.</param>
public sealed record DeviceNews(
    DeviceNewsKind Kind, OrganizationId Organization, SiteId Site, GatewayId Gateway, IReadOnlyCollection<DeviceId> Devices);

public enum DeviceNewsKind
{
    StepsCommitted,
    TelemetryCommitted,

    /// <summary>The gateway has come or gone.</summary>
    PresenceChanged,
}
