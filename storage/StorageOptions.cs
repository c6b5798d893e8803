using System.ComponentModel.DataAnnotations;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>How the database is used. The defaults suit a small machine with its database beside it.</summary>
public sealed class StorageOptions : IValidatableObject
{
    public const string Section = "Storage";

    private const long MegaByte = 1024 * 1024;

    /// <summary>Connections at most. The writers hold one each; the rest serves actors and queries, which are short.</summary>
    [Range(5, 1000)]
    public int ConnectionsMax { get; set; } = 20;

    /// <summary>Connections that commit steps, each on its own. Two keep the disk busy while one of them waits for it; more share the same disk.</summary>
    [Range(1, 16)]
    public int StepWriters { get; set; } = 2;

    /// <summary>Bytes of steps that are admitted at a time; callers beyond wait. The memory that a slow database can cost.</summary>
    [Range(StepLimits.MessageBytesMax, 4096 * MegaByte)]
    public long QueueBytesMax { get; set; } = 64 * MegaByte;

    /// <summary>Steps that are admitted at a time; callers beyond wait.</summary>
    [Range(StepLimits.StepsPerMessageMax, 1_000_000)]
    public int QueueStepsMax { get; set; } = 20_000;

    /// <summary>Bytes in one commit: the statement's values are held in memory by both sides, and PostgreSQL's limit is 1 GB.</summary>
    [Range(MegaByte, 256 * MegaByte)]
    public long CommitBytesMax { get; set; } = 16 * MegaByte;

    /// <summary>Steps in one commit. What a commit costs is spread over the steps well before this; a bigger one only makes all of them wait longer.</summary>
    [Range(1, 100_000)]
    public int CommitStepsMax { get; set; } = 2000;

    /// <summary>How long one commit may take before its connection is given up and the commit tried again on another one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest pause between two tries while the database is away. The first is 50 ms, and each is twice the one before.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a shutdown goes on committing what was admitted. What is left then was never acknowledged.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long telemetry is kept, in whole days after its own. A week outlasts a gateway's outage over a long weekend, and whoever watches has come back by
    /// then; the finished step has all of it for ever.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "90.00:00:00")]
    public TimeSpan TelemetryKept { get; set; } = TimeSpan.FromDays(7);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ConnectionsMax < StepWriters + 4)
        {
            yield return new ValidationResult(
                $"{nameof(ConnectionsMax)} must be at least 4 more than {nameof(StepWriters)}: the writers keep theirs",
                [nameof(ConnectionsMax), nameof(StepWriters)]);
        }

        if (CommitBytesMax > QueueBytesMax)
        {
            yield return new ValidationResult(
                $"{nameof(CommitBytesMax)} must not be more than {nameof(QueueBytesMax)}", [nameof(CommitBytesMax), nameof(QueueBytesMax)]);
        }
    }
}
