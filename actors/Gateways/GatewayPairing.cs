using System.Diagnostics;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Ports;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Actors.Gateways;

/// <summary>The gateway's side of pairing: by a code that a person enters (RFC 8628), or by a secret that a person brought.</summary>
/// <remarks>A code or secret is spent before its session begins: if that fails, it takes a new one, and never are there two sessions for one.</remarks>
public sealed class GatewayPairing(
    IActors actors,
    IGatewayRegistry gateways,
    IPairingStore pairings,
    IProvisioningStore secrets,
    IRefreshTokens tokens,
    IOptions<PairingOptions> options)
{
    public async Task<StartPairingOutcome> StartAsync(
        GatewayIntroduction introduction, SessionOrigin origin, CancellationToken cancellationToken)
    {
        PairingBounds bounds = new(options.Value.CodesPerAddressMax, options.Value.CodesMax);
        while (true)
        {
            string deviceCode = tokens.Create();
            string userCode = UserCode.Create();
            NewPairing pairing = new(
                tokens.Hash(deviceCode), userCode, introduction, origin.RemoteAddress, RemoteNetwork.Of(origin.RemoteAddress), bounds);
            switch (await pairings.AddAsync(pairing, cancellationToken))
            {
                case PairingStart.Added: return new StartPairingOutcome.Started(deviceCode, UserCode.Show(userCode));
                case PairingStart.TooMany tooMany: return new StartPairingOutcome.TooMany(tooMany.RetryAfter);
                case PairingStart.CodeTaken: continue;
                default: throw new UnreachableException();
            }
        }
    }

    public async Task<PollPairingOutcome> PollAsync(string deviceCode, SessionOrigin origin, CancellationToken cancellationToken)
    {
        PairingPoll poll = await pairings.PollAsync(tokens.Hash(deviceCode), cancellationToken);
        return poll.Verdict switch
        {
            PairingVerdict.Unknown => PollPairingOutcome.Unknown.Instance,
            PairingVerdict.Expired => PollPairingOutcome.Expired.Instance,
            PairingVerdict.Denied => PollPairingOutcome.Denied.Instance,
            PairingVerdict.Pending => PollPairingOutcome.Pending.Instance,
            PairingVerdict.SlowDown => PollPairingOutcome.SlowDown.Instance,
            PairingVerdict.Redeem => await StartSessionAsync(poll.Gateway, origin, cancellationToken),
            _ => throw new UnreachableException(),
        };
    }

    /// <returns><see cref="PollPairingOutcome.Paired"/>, or <see cref="PollPairingOutcome.Unknown"/> for a secret that is not, or no longer, good.</returns>
    public async Task<PollPairingOutcome> ProvisionAsync(string secret, SessionOrigin origin, CancellationToken cancellationToken) =>
        await secrets.RedeemAsync(tokens.Hash(secret), origin, cancellationToken) is { } gateway
            ? await StartSessionAsync(gateway.Id, origin, cancellationToken)
            : PollPairingOutcome.Unknown.Instance;

    private async Task<PollPairingOutcome> StartSessionAsync(GatewayId gateway, SessionOrigin origin, CancellationToken cancellationToken)
    {
        SessionGrant? grant = await actors.Gateway(gateway).StartSessionAsync(AuditDoer.Gateway(gateway, origin), cancellationToken);
        // Null when it was un-paired since.
        return grant is not null && await gateways.FindAsync(gateway, cancellationToken) is { } record
            ? new PollPairingOutcome.Paired(new PairedGateway(gateway, record.Name, record.Site), grant)
            : PollPairingOutcome.Unknown.Instance;
    }
}
