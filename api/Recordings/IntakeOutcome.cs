using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>What became of a body that was to be received.</summary>
internal abstract record IntakeOutcome
{
    private IntakeOutcome()
    {
    }

    /// <summary>The recording is whole and safe.</summary>
    public sealed record Stored(Recording Recording) : IntakeOutcome;

    /// <summary>So much of the upload is safe; more is to come.</summary>
    public sealed record Rests(long ReceivedBytes, DateTimeOffset ExpiresAt) : IntakeOutcome;

    /// <summary>It was refused. Of an upload what was acknowledged before stands, unless what it is cannot be.</summary>
    public sealed record Refused(ProblemHttpResult Problem) : IntakeOutcome;

    /// <summary>Whoever sent it has gone away, and nobody is left to be answered. Of an upload what came is safe; of anything else nothing remains.</summary>
    public sealed record Gone : IntakeOutcome
    {
        public static readonly Gone Instance = new();
    }
}
