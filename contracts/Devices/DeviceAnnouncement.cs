using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Devices;

/// <summary>A device that a gateway has found, as it says so itself.</summary>
/// <param name="Device">Made by the gateway when it first met the device, and kept by it.</param>
/// <param name="Source">What the shop's side calls the device; stable, and unique within the site.</param>
/// <param name="Model">The model as the device tells it; matched against the catalogue's patterns.</param>
/// <param name="Interface">How the gateway reaches it: `http`, `modbus`, `serial` ...</param>
/// <param name="Label">What people in the shop call it.</param>
public sealed record DeviceAnnouncement(
    DeviceId Device,
    string Source,
    string Model,
    string Interface,
    string Label,
    string? Serial = null,
    string? NetworkAddress = null);
