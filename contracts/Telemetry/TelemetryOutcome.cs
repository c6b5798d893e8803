using StepCloud.Contracts.Refusals;

namespace StepCloud.Contracts.Telemetry;

/// <summary>What became of an element of telemetry. Stored and already stored are both reasons to acknowledge.</summary>
public abstract record TelemetryOutcome
{
    private TelemetryOutcome()
    {
    }

    /// <summary>Committed by this call.</summary>
    /// <param name="Position">Where it stands in the order of all commits of its site.</param>
    public sealed record Stored(long Position) : TelemetryOutcome;

    /// <summary>An element of this id had been committed before. Its content is not compared.</summary>
    public sealed record AlreadyStored : TelemetryOutcome
    {
        public static readonly AlreadyStored Instance = new();
    }

    public sealed record Refused(Refusal Refusal) : TelemetryOutcome;
}
