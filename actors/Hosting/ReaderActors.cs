using StepCloud.Actors.Devices;
using StepCloud.Actors.Ports;
using StepCloud.Contracts;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;

namespace StepCloud.Actors.Hosting;

/// <summary>The actors of a process that owns none: a device's twin is folded from the store for each look; everything else is done elsewhere.</summary>
/// <exception cref="ActorsElsewhereException">From all but a look at a twin.</exception>
public sealed class ReaderActors(IEventStore events, IActorStateStore states) : IActors
{
    private const string Reason = "This process only reads.";

    public IUser User(UserId id) => throw new ActorsElsewhereException(Reason);

    public IGateway Gateway(GatewayId id) => throw new ActorsElsewhereException(Reason);

    public IDevice Device(DeviceId id) => new ReaderDevice(id, events, states);

    private sealed class ReaderDevice(DeviceId id, IEventStore events, IActorStateStore states) : IDevice
    {
        public Task StepsCommittedAsync(CommittedSteps committed, CancellationToken cancellationToken) => throw new ActorsElsewhereException(Reason);

        /// <summary>Loads and catches up like the owner's actor, and is forgotten: it never writes.</summary>
        public async Task<DeviceTwin> GetTwinAsync(CancellationToken cancellationToken)
        {
            DeviceActor actor = new(id, events, states);
            await actor.ActivateAsync(cancellationToken);
            return await actor.GetTwinAsync(cancellationToken);
        }
    }
}
