using StepCloud.Actors.Ports;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Gateways;

/// <summary>What owners and technicians do to pair gateways, move them and part with them.</summary>
public sealed class GatewaySetup(
    IActors actors,
    IUserRegistry users,
    IGatewayRegistry gateways,
    IPairingStore pairings,
    IProvisioningStore secrets,
    IRefreshTokens tokens,
    TimeProvider clock)
{
    public Task<PairingAnswer> FindAsync(UserId user, string code, SessionOrigin origin, CancellationToken cancellationToken) =>
        TryAsync(user, code, origin, (attempt, _) => pairings.FindAsync(attempt, cancellationToken), cancellationToken);

    public Task<PairingAnswer> ConfirmAsync(
        UserId user, string code, SiteId site, string name, SessionOrigin origin, CancellationToken cancellationToken) =>
        TryAsync(user, code, origin, (attempt, doer) => pairings.ConfirmAsync(attempt, site, name, doer, cancellationToken), cancellationToken);

    public Task<PairingAnswer> DenyAsync(UserId user, string code, SessionOrigin origin, CancellationToken cancellationToken) =>
        TryAsync(user, code, origin, (attempt, doer) => pairings.DenyAsync(attempt, doer, cancellationToken), cancellationToken);

    /// <summary>Moves the gateway to another site of its organization.</summary>
    /// <remarks>Its devices stay: they and their steps are the old site's, where other gateways may serve them. It announces what it finds at the new one.</remarks>
    public Task<ChangeGatewayOutcome> TransferAsync(
        UserId user, GatewayId gateway, SiteId site, SessionOrigin origin, CancellationToken cancellationToken) =>
        ChangeAsync(user, gateway, origin, doer => actors.Gateway(gateway).TransferAsync(site, doer, cancellationToken), cancellationToken);

    public Task<ChangeGatewayOutcome> UnpairAsync(UserId user, GatewayId gateway, SessionOrigin origin, CancellationToken cancellationToken) =>
        ChangeAsync(user, gateway, origin, doer => actors.Gateway(gateway).UnpairAsync(doer, cancellationToken), cancellationToken);

    /// <summary>Makes the gateway's one provisioning secret; an earlier one counts no more.</summary>
    public Task<ChangeGatewayOutcome> MakeSecretAsync(UserId user, GatewayId gateway, SessionOrigin origin, CancellationToken cancellationToken) =>
        ChangeAsync(
            user, gateway, origin,
            async doer =>
            {
                string secret = tokens.Create();
                DateTimeOffset expiresAt = clock.GetUtcNow() + PairingLimits.SecretLifetime;
                await secrets.ReplaceAsync(gateway, tokens.Hash(secret), expiresAt, doer, cancellationToken);
                return new ChangeGatewayOutcome.SecretMade(secret, expiresAt);
            },
            cancellationToken);

    private async Task<PairingAnswer> TryAsync(
        UserId id, string code, SessionOrigin origin, Func<PairingTry, AuditDoer, Task<PairingAnswer>> act, CancellationToken cancellationToken)
    {
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        if (user?.Organization is not { } organization || !MaySetUp(user)) return PairingAnswer.NotAllowed.Instance;
        PairingTry attempt = new(id, organization, RemoteNetwork.Of(origin.RemoteAddress), UserCode.Normalize(code));
        return await act(attempt, AuditDoer.User(id, organization, origin));
    }

    private async Task<ChangeGatewayOutcome> ChangeAsync(
        UserId id, GatewayId gateway, SessionOrigin origin, Func<AuditDoer, Task<ChangeGatewayOutcome>> change, CancellationToken cancellationToken)
    {
        UserRecord? user = await users.FindAsync(id, cancellationToken);
        // First whose gateway it is: to a stranger it does not exist, whatever he may do at home.
        if (user?.Organization is not { } organization || (await gateways.FindAsync(gateway, cancellationToken))?.Organization != organization)
            return ChangeGatewayOutcome.UnknownGateway.Instance;
        return MaySetUp(user) ? await change(AuditDoer.User(id, organization, origin)) : ChangeGatewayOutcome.NotAllowed.Instance;
    }

    private static bool MaySetUp(UserRecord user) => user.Roles.Contains(Roles.Owner) || user.Roles.Contains(Roles.Technician);
}
