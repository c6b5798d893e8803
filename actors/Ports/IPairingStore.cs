using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>Pairings that wait for somebody's decision. Device codes never reach it, only their hashes.</summary>
public interface IPairingStore
{
    /// <summary>Adds a request, unless as many are stored as may be.</summary>
    Task<PairingStart> AddAsync(NewPairing pairing, CancellationToken cancellationToken);

    /// <summary>A gateway asks how it stands. The one that finds it approved takes it away: a second finds nothing, also when both ask at once.</summary>
    /// <param name="deviceCodeHash">SHA-256.</param>
    Task<PairingPoll> PollAsync(byte[] deviceCodeHash, CancellationToken cancellationToken);

    Task<PairingAnswer> FindAsync(PairingTry attempt, CancellationToken cancellationToken);

    /// <summary>Approves the request, and creates its gateway or sets it up anew, in one transaction.</summary>
    Task<PairingAnswer> ConfirmAsync(PairingTry attempt, SiteId site, string name, AuditDoer doer, CancellationToken cancellationToken);

    Task<PairingAnswer> DenyAsync(PairingTry attempt, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Forgets what expired long enough ago that nobody asks for it any more, and wrong tries that count no more.</summary>
    Task SweepAsync(CancellationToken cancellationToken);
}

/// <param name="RemoteNetwork">What the bound for an address is counted by; see <see cref="Gateways.RemoteNetwork"/>.</param>
public sealed record NewPairing(
    byte[] DeviceCodeHash, string UserCode, GatewayIntroduction Introduction, string RemoteAddress, string RemoteNetwork, PairingBounds Bounds);

/// <summary>How many requests may be stored, expired ones that are not swept yet included.</summary>
public sealed record PairingBounds(int PerNetworkMax, int Max);

public abstract record PairingStart
{
    private PairingStart()
    {
    }

    public sealed record Added : PairingStart
    {
        public static readonly Added Instance = new();
    }

    /// <summary>By a chance of one in millions the user code is another's: make another one.</summary>
    public sealed record CodeTaken : PairingStart
    {
        public static readonly CodeTaken Instance = new();
    }

    public sealed record TooMany(TimeSpan RetryAfter) : PairingStart;
}

/// <param name="Gateway">Set when the verdict is <see cref="PairingVerdict.Redeem"/>.</param>
public sealed record PairingPoll(PairingVerdict Verdict, GatewayId Gateway = default);

/// <summary>What to do with a device code that was presented.</summary>
public enum PairingVerdict
{
    Unknown,
    Expired,
    Denied,
    Pending,
    SlowDown,

    /// <summary>Approved: it has been spent by this poll.</summary>
    Redeem,
}

/// <summary>A user who enters a code. Wrong ones are counted by user and network.</summary>
/// <param name="UserCode">In its normal form; anything else is a wrong code.</param>
public sealed record PairingTry(UserId User, OrganizationId Organization, string RemoteNetwork, string UserCode);
