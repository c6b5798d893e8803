using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Actors.Gateways;

/// <summary>The refusals that only the gateway's actor can decide on.</summary>
internal static class GatewayRefusals
{
    public static readonly Refusal Revoked = new(RefusalCode.GatewayRevoked, "This gateway is not known any more, or it was revoked. Pair it again.");

    public static Refusal UnknownDevice(DeviceId device) => new(
        RefusalCode.UnknownDevice, $"Device {device} is not known. Announce it on the topic 'devices' before its first step.");

    public static Refusal ForeignDevice(DeviceId device) => new(
        RefusalCode.ForeignDevice, $"Device {device} is not of this gateway's site.");
}
