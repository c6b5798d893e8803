using StepCloud.Contracts;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;
using StepCloud.Silo.Grains;

namespace StepCloud.Silo;

/// <summary>References to the actors, wherever in the cluster they are.</summary>
internal sealed class ClusterActors(IGrainFactory grains) : IActors
{
    public IUser User(UserId id) => grains.GetGrain<IUserGrain>(id.Value);

    public IGateway Gateway(GatewayId id) => grains.GetGrain<IGatewayGrain>(id.Value);

    public IDevice Device(DeviceId id) => grains.GetGrain<IDeviceGrain>(id.Value);
}
