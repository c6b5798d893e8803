using System.Runtime.InteropServices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What is watched: a device, or all devices of a site.</summary>
/// <param name="Site">Of the device, or itself.</param>
/// <param name="Device">Null for all of the site.</param>
public sealed record LiveScope(OrganizationId Organization, SiteId Site, DeviceId? Device)
{
    /// <summary>The condition on a row of steps or telemetry, whose value is `$1`.</summary>
    internal string Column => Device is null ? "site_id" : "device_id";

    internal Guid Value => Device?.Value ?? Site.Value;
}

/// <summary>How far somebody has read: the last position of each kind.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LivePosition(long Steps, long Telemetry);
