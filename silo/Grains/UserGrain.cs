using StepCloud.Actors.Ports;
using StepCloud.Actors.Sessions;
using StepCloud.Actors.Users;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;

namespace StepCloud.Silo.Grains;

/// <summary>A user's actor in the cluster.</summary>
internal sealed class UserGrain(
    IGrainContext context,
    IActors actors,
    IUserRegistry users,
    IAccessKeys accessKeys,
    IAccountLinks links,
    IGatewayRegistry gateways,
    ISessionStore sessions,
    SecondFactorCheck secondFactor,
    TokenFamily tokenFamily,
    IPasswordHasher passwords,
    IAuditTrail audit,
    IActorStateStore stateStore,
    TimeProvider clock)
    : UserActor(
        new UserId(context.GrainId.GetGuidKey()), actors, users, accessKeys, links, gateways, sessions, secondFactor, tokenFamily, passwords, audit, stateStore, clock),
        IUserGrain, IGrainBase
{
    public IGrainContext GrainContext => context;

    public Task OnActivateAsync(CancellationToken token) => ActivateAsync(token);

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => DeactivateAsync(token);
}
