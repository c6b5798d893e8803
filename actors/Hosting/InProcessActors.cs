using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StepCloud.Contracts;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;

namespace StepCloud.Actors.Hosting;

/// <summary>Hosts every actor in this process: activates at the first call, runs calls one by one, lets go of what is idle.</summary>
/// <remarks>No distribution: the owner of the database's actor lock is the only process that may run one.</remarks>
public sealed class InProcessActors : IActors
{
    private readonly ActorDirectory<UserId, IUser> _users;
    private readonly ActorDirectory<GatewayId, IGateway> _gateways;
    private readonly ActorDirectory<DeviceId, IDevice> _devices;

    public InProcessActors(IActorFactory factory, IOptions<ActorHostOptions> options, ActorMetrics metrics, TimeProvider clock, ILogger<InProcessActors> logger)
    {
        ActorHostOptions limits = options.Value;
        _users = new("user", id => factory.CreateUser(id, this), limits, metrics, clock, logger);
        _gateways = new("gateway", factory.CreateGateway, limits, metrics, clock, logger);
        _devices = new("device", factory.CreateDevice, limits, metrics, clock, logger);
        metrics.Watch([_users, _gateways, _devices]);
    }

    /// <summary>Live activations of all kinds.</summary>
    public int Count => _users.Count + _gateways.Count + _devices.Count;

    public IUser User(UserId id) => new UserReference(id, _users);

    public IGateway Gateway(GatewayId id) => new GatewayReference(id, _gateways);

    public IDevice Device(DeviceId id) => new DeviceReference(id, _devices);

    public Task EndIdleAsync(CancellationToken cancellationToken) =>
        EachAsync(directory => directory.EndIdleAsync(cancellationToken));

    /// <summary>Takes no further call and lets every actor write what it keeps. Callers go before the called.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        EachAsync(directory => directory.StopAsync(cancellationToken));

    private async Task EachAsync(Func<IActorDirectory, Task> act)
    {
        foreach (IActorDirectory directory in (IActorDirectory[])[_users, _gateways, _devices]) await act(directory);
    }
}

/// <summary>Makes the plain actors. Whoever hosts them gives the references through which they call each other.</summary>
public interface IActorFactory
{
    IUser CreateUser(UserId id, IActors actors);

    IGateway CreateGateway(GatewayId id);

    IDevice CreateDevice(DeviceId id);
}
