using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Contracts.Gateways;

/// <summary>What a gateway tells of itself when it asks to be paired. Nothing of it is proved: a person looks at it and decides.</summary>
/// <param name="Gateway">Made and kept by the gateway: paired again under the same id, it keeps what is stored of it.</param>
/// <param name="HardwareVersion">Null when it tells none.</param>
public sealed record GatewayIntroduction(GatewayId Gateway, string Serial, string Model, string SoftwareVersion, string? HardwareVersion = null);

public abstract record StartPairingOutcome
{
    private StartPairingOutcome()
    {
    }

    /// <param name="DeviceCode">For the gateway alone: 256 bits, of which only the hash is stored.</param>
    /// <param name="UserCode">For the user to enter, as `BCDF-GHJK`.</param>
    public sealed record Started(string DeviceCode, string UserCode) : StartPairingOutcome;

    /// <summary>As many codes as may be open, from that address or in all, are open.</summary>
    public sealed record TooMany(TimeSpan RetryAfter) : StartPairingOutcome;
}

/// <summary>What a gateway that polls is told (RFC 8628 §3.5).</summary>
public abstract record PollPairingOutcome
{
    private PollPairingOutcome()
    {
    }

    /// <summary>Somebody has confirmed it. This is the code's only use.</summary>
    public sealed record Paired(PairedGateway Gateway, SessionGrant Grant) : PollPairingOutcome;

    public sealed record Pending : PollPairingOutcome
    {
        public static readonly Pending Instance = new();
    }

    /// <summary>Pending, and asked too soon: the pause has grown.</summary>
    public sealed record SlowDown : PollPairingOutcome
    {
        public static readonly SlowDown Instance = new();
    }

    public sealed record Denied : PollPairingOutcome
    {
        public static readonly Denied Instance = new();
    }

    public sealed record Expired : PollPairingOutcome
    {
        public static readonly Expired Instance = new();
    }

    /// <summary>No such code, or it was used.</summary>
    public sealed record Unknown : PollPairingOutcome
    {
        public static readonly Unknown Instance = new();
    }
}

/// <summary>A gateway as it is set up.</summary>
public sealed record PairedGateway(GatewayId Id, string Name, SiteId Site);
