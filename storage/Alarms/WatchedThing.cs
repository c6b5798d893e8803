using System.Runtime.InteropServices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>What an alarm is of: a device or a gateway.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WatchedThing(Guid Id, bool IsGateway)
{
    public Guid? Device => IsGateway ? null : Id;

    public Guid? Gateway => IsGateway ? Id : null;

    public static WatchedThing Of(DeviceId device) => new(device.Value, IsGateway: false);

    public static WatchedThing Of(GatewayId gateway) => new(gateway.Value, IsGateway: true);
}
