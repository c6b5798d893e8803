using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;

namespace StepCloud.Contracts;

/// <summary>References to actors, whichever engine hosts them. Calls to one actor run one by one.</summary>
/// <remarks>Calls go one way, User to Gateway to Device: an actor that called back would wait for itself.</remarks>
public interface IActors
{
    IUser User(UserId id);

    IGateway Gateway(GatewayId id);

    IDevice Device(DeviceId id);
}
