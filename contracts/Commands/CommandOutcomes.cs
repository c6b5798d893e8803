using StepCloud.Contracts.Refusals;

namespace StepCloud.Contracts.Commands;

/// <summary>What becomes of the wish to send a command.</summary>
public abstract record SendCommandOutcome
{
    private SendCommandOutcome()
    {
    }

    /// <summary>It is stored, and on its way if the gateway is connected.</summary>
    public sealed record Taken(GatewayCommand Command) : SendCommandOutcome;

    public sealed record IdTaken : SendCommandOutcome
    {
        public static readonly IdTaken Instance = new();
    }

    /// <summary>As many commands as may be wait for this gateway already.</summary>
    public sealed record TooMany(int OpenMax) : SendCommandOutcome;

    /// <summary>The sender's organization has no such gateway, or it was revoked.</summary>
    public sealed record UnknownGateway : SendCommandOutcome
    {
        public static readonly UnknownGateway Instance = new();
    }

    /// <summary>The user may read but not command.</summary>
    public sealed record NotAllowed : SendCommandOutcome
    {
        public static readonly NotAllowed Instance = new();
    }
}

/// <summary>What becomes of a gateway's answer.</summary>
public abstract record AnswerCommandOutcome
{
    private AnswerCommandOutcome()
    {
    }

    public sealed record Stored : AnswerCommandOutcome
    {
        public static readonly Stored Instance = new();
    }

    /// <summary>The same answer was stored before.</summary>
    public sealed record AlreadyStored : AnswerCommandOutcome
    {
        public static readonly AlreadyStored Instance = new();
    }

    public sealed record Refused(Refusal Refusal) : AnswerCommandOutcome;
}
