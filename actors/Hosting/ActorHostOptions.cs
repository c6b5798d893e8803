using System.ComponentModel.DataAnnotations;

namespace StepCloud.Actors.Hosting;

public sealed class ActorHostOptions
{
    public const string Section = "Actors";

    /// <summary>An activation without a call for this long is let go. Ten minutes outlast the pauses of a gateway that reports each layer.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Calls that may wait for one actor. A gateway has one batch under way and users a few reads; more is a caller gone wrong.</summary>
    [Range(1, 100_000)]
    public int WaitingCallsMax { get; set; } = 1000;

    /// <summary>Committed batches that may wait for their devices. When it is full a notice is left out, and the device reads the store instead.</summary>
    [Range(1, 1_000_000)]
    public int WaitingNoticesMax { get; set; } = 10_000;
}
