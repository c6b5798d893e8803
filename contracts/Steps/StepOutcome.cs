using StepCloud.Contracts.Refusals;

namespace StepCloud.Contracts.Steps;

/// <summary>What became of one step. Stored and already stored are both reasons to acknowledge.</summary>
public abstract record StepOutcome
{
    private StepOutcome()
    {
    }

    /// <summary>Committed by this call.</summary>
    /// <param name="Position">Where the step stands in the order of all commits of its gateway.</param>
    public sealed record Stored(long Position) : StepOutcome;

    /// <summary>The same step, with the same content, had been committed before.</summary>
    public sealed record AlreadyStored : StepOutcome
    {
        public static readonly AlreadyStored Instance = new();
    }

    public sealed record Refused(Refusal Refusal) : StepOutcome;
}
