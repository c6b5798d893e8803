namespace StepCloud.Contracts.Users;

public abstract record BeginSecondFactorOutcome
{
    private BeginSecondFactorOutcome()
    {
    }

    /// <param name="Secret">In base32, for the authenticator app.</param>
    public sealed record Begun(string Secret) : BeginSecondFactorOutcome
    {
        public override string ToString() => nameof(Begun);
    }

    public sealed record AlreadyOn : BeginSecondFactorOutcome
    {
        public static readonly AlreadyOn Instance = new();
    }

    public sealed record WrongPassword : BeginSecondFactorOutcome
    {
        public static readonly WrongPassword Instance = new();
    }

    public sealed record Delayed(TimeSpan RetryAfter) : BeginSecondFactorOutcome;
}

public abstract record ConfirmSecondFactorOutcome
{
    private ConfirmSecondFactorOutcome()
    {
    }

    /// <param name="RecoveryCodes">Shown this once.</param>
    public sealed record Confirmed(IReadOnlyList<string> RecoveryCodes) : ConfirmSecondFactorOutcome
    {
        public override string ToString() => nameof(Confirmed);
    }

    public sealed record WrongCode : ConfirmSecondFactorOutcome
    {
        public static readonly WrongCode Instance = new();
    }

    public sealed record NothingToConfirm : ConfirmSecondFactorOutcome
    {
        public static readonly NothingToConfirm Instance = new();
    }

    public sealed record Delayed(TimeSpan RetryAfter) : ConfirmSecondFactorOutcome;
}

public abstract record DisableSecondFactorOutcome
{
    private DisableSecondFactorOutcome()
    {
    }

    public sealed record Disabled : DisableSecondFactorOutcome
    {
        public static readonly Disabled Instance = new();
    }

    public sealed record WrongPassword : DisableSecondFactorOutcome
    {
        public static readonly WrongPassword Instance = new();
    }

    /// <summary>Or there is no second factor.</summary>
    public sealed record WrongCode : DisableSecondFactorOutcome
    {
        public static readonly WrongCode Instance = new();
    }

    public sealed record Delayed(TimeSpan RetryAfter) : DisableSecondFactorOutcome;
}
