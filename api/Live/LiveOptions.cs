using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Live;

/// <summary>What is shown of what happens now, and to how many at once.</summary>
public sealed class LiveOptions
{
    public const string Section = "Live";

    /// <summary>After so long without telemetry a device is not shown as running any more: it was switched off, or its gateway stopped to tell.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan SilenceMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Streams of one user. A console has one or two open in each of some tabs.</summary>
    [Range(1, 100_000)]
    public int StreamsPerUserMax { get; set; } = 30;

    /// <summary>Streams of one organization's users. Each holds a connection, and at most <see cref="WaitingBytesMax"/> of memory.</summary>
    [Range(1, 1_000_000)]
    public int StreamsPerOrganizationMax { get; set; } = 1_000;

    /// <summary>Events that may wait for one stream that reads slowly; a stream with more is closed, and comes again from where it was.</summary>
    [Range(300, 100_000)]
    public int WaitingEventsMax { get; set; } = 2_000;

    /// <summary>Bytes of events that may wait for one stream. An event takes some hundred, and at most about a megabyte.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int WaitingBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>How often a process that hears of commits only by looking looks, for each device or site that is watched: a reader, that is.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:05")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromMilliseconds(500);
}
