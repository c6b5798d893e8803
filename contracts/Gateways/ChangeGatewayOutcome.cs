namespace StepCloud.Contracts.Gateways;

/// <summary>What came of a user's change of a gateway.</summary>
public abstract record ChangeGatewayOutcome
{
    private ChangeGatewayOutcome()
    {
    }

    /// <summary>It is so now, whether or not it was so before.</summary>
    public sealed record Changed(PairedGateway Gateway) : ChangeGatewayOutcome;

    /// <param name="Secret">256 bits, to be shown this once; only its hash is stored.</param>
    public sealed record SecretMade(string Secret, DateTimeOffset ExpiresAt) : ChangeGatewayOutcome
    {
        public override string ToString() => nameof(SecretMade);
    }

    /// <summary>The user's organization has no such gateway.</summary>
    public sealed record UnknownGateway : ChangeGatewayOutcome
    {
        public static readonly UnknownGateway Instance = new();
    }

    /// <summary>The organization has no such site.</summary>
    public sealed record UnknownSite : ChangeGatewayOutcome
    {
        public static readonly UnknownSite Instance = new();
    }

    /// <summary>The user may read but not set up.</summary>
    public sealed record NotAllowed : ChangeGatewayOutcome
    {
        public static readonly NotAllowed Instance = new();
    }
}
