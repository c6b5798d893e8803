namespace StepCloud.Contracts.Gateways;

/// <summary>What a user is told who enters a code.</summary>
public abstract record PairingAnswer
{
    private PairingAnswer()
    {
    }

    public sealed record Found(PairingRequest Request) : PairingAnswer;

    public sealed record Confirmed(PairedGateway Gateway) : PairingAnswer;

    public sealed record Denied : PairingAnswer
    {
        public static readonly Denied Instance = new();
    }

    /// <summary>Never given out, expired, or decided already: which of them is not told.</summary>
    public sealed record UnknownCode : PairingAnswer
    {
        public static readonly UnknownCode Instance = new();
    }

    /// <summary>Too many wrong codes; after that time the next one is looked at.</summary>
    public sealed record TooManyTries(TimeSpan RetryAfter) : PairingAnswer;

    /// <summary>The user's organization has no such site.</summary>
    public sealed record UnknownSite : PairingAnswer
    {
        public static readonly UnknownSite Instance = new();
    }

    /// <summary>The gateway's id is another organization's. The request is denied by it, and the gateway is not told why.</summary>
    public sealed record IdTaken : PairingAnswer
    {
        public static readonly IdTaken Instance = new();
    }

    /// <summary>The user may read but not set up.</summary>
    public sealed record NotAllowed : PairingAnswer
    {
        public static readonly NotAllowed Instance = new();
    }
}

/// <param name="RemoteAddress">Where it was asked from.</param>
/// <param name="Known">The gateway as the user's organization knows it, when it is to be paired again.</param>
public sealed record PairingRequest(
    GatewayIntroduction Introduction, string RemoteAddress, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt, PairedGateway? Known);
