using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Storage;

/// <summary>What a device is shown as: a function of what is stored and of the clock.</summary>
/// <param name="State">Null: offline, and what it does is not known.</param>
/// <param name="Since">By the server's clock; null when that is not known.</param>
/// <param name="At">When its last telemetry was received.</param>
/// <param name="Step">What it does; only while it runs or is in error.</param>
public sealed record DeviceStatus(DeviceId Device, DeviceActivity? State, DateTimeOffset? Since, DateTimeOffset? At, string? Message, RunningStep? Step)
{
    /// <param name="silence">After so long without telemetry a device does not run any more, and a gateway that only speaks HTTP is not there.</param>
    public static DeviceStatus Of(DeviceStateRow row, DateTimeOffset now, TimeSpan silence)
    {
        if (row.Told is not { } told)
            return new DeviceStatus(row.Device, row.IsGatewayOnline ? DeviceActivity.Idle : null, row.GatewaySince, null, null, null);

        DateTimeOffset silentFrom = told.At + silence;
        bool isSilent = now >= silentFrom;
        // A gateway that never came over MQTT cannot go either: it is there as long as it is heard.
        bool isThere = row.IsGatewayOnline || (row.GatewaySince is null && !isSilent);
        if (!isThere) return new DeviceStatus(row.Device, null, row.GatewaySince ?? silentFrom, told.At, null, null);
        if (told.State == DeviceActivity.Running && (row.StepStoredAt is not null || isSilent))
            return new DeviceStatus(row.Device, DeviceActivity.Idle, row.StepStoredAt ?? silentFrom, told.At, null, null);
        return new DeviceStatus(row.Device, told.State, told.Since, told.At, told.Message, told.Step);
    }
}
