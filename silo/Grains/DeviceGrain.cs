using Orleans.Placement;
using StepCloud.Actors.Devices;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;

namespace StepCloud.Silo.Grains;

/// <summary>A device's actor in the cluster: on the node whose gateway tells of it first.</summary>
[PreferLocalPlacement]
internal sealed class DeviceGrain(IGrainContext context, IEventStore events, IActorStateStore stateStore)
    : DeviceActor(new DeviceId(context.GrainId.GetGuidKey()), events, stateStore), IDeviceGrain, IGrainBase
{
    public IGrainContext GrainContext => context;

    public Task OnActivateAsync(CancellationToken token) => ActivateAsync(token);

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => DeactivateAsync(token);
}
