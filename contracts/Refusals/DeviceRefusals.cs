using System.Globalization;
using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Refusals;

/// <summary>What more than one part refuses about a device.</summary>
public static class DeviceRefusals
{
    public static Refusal Archived(DeviceId device, DateTimeOffset since) => new(
        RefusalCode.DeviceArchived,
        string.Create(CultureInfo.InvariantCulture, $"Device {device} is in the archive since {since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}. Have it brought back, or announce the machine under another id."));
}
