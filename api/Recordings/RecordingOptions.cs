using System.ComponentModel.DataAnnotations;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>The place in which finished recordings are kept.</summary>
public enum RecordingStoreKind
{
    Folder,
    S3,
}

/// <summary>Where recordings are kept, and how they are looked after.</summary>
public sealed class RecordingOptions
{
    public const string Section = "Recordings";

    /// <summary>
    /// Where finished recordings are: `Folder`, or `S3` for a service that `Recordings:S3` describes. Those that are in the other place are brought there, one after the
    /// other. What is being received is in the folder either way.
    /// </summary>
    [EnumDataType(typeof(RecordingStoreKind))]
    public RecordingStoreKind Store { get; set; } = RecordingStoreKind.Folder;

    /// <summary>The folder of the sealed files; empty for `recordings` in the data folder. Nodes of a cluster share it.</summary>
    public string Folder { get; set; } = "";

    /// <summary>The largest recording, in MiB. At 4 GiB it has as many chunks as a counter is tested for.</summary>
    [Range(1, 4096)]
    public int MiBMax { get; set; } = 4096;

    /// <summary>What uploads leave free on the disk, in MiB: it may be the database's too, which must not stop for a film.</summary>
    [Range(0, 1024 * 1024)]
    public int KeepFreeMiB { get; set; } = 512;

    /// <summary>How many are received at once by one process. Each takes about a MiB of memory.</summary>
    [Range(1, 1000)]
    public int UploadsMax { get; set; } = 64;

    /// <summary>How long an upload that stopped can be gone on with, from the last time that it was.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan UploadExpiry { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a sender may be silent before what came is kept and its connection let go.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan SilenceMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often expired uploads, and files that belong to nothing, are looked for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long bytes that belong to no recording are kept, from when they were written: a database that was brought back from a back-up does not know what is newer, and
    /// calls it nobody's.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan StrangersKept { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often each recording's stored bytes are read again and compared with what was written.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "3650.00:00:00")]
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How fast that reads, in MiB a second: so that it is in nobody's way.</summary>
    [Range(1, 10_000)]
    public int CheckMiBPerSecond { get; set; } = 20;

    /// <summary>How often it is looked for recordings that are not where they should be.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan MoveEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How fast they are brought to another place, in MiB a second: so that it is in nobody's way.</summary>
    [Range(1, 10_000)]
    public int MoveMiBPerSecond { get; set; } = 50;

    /// <summary>How long a process that moves a recording may say nothing of it before another one begins anew.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MovePatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a recording that could not be moved rests at first. It doubles with each failure, to an hour at most.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan MovePause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Of a body that brings one: what no setting goes beyond.</summary>
    internal const long BytesLimit = 4096L * 1024 * 1024;

    internal string StoreName => Store == RecordingStoreKind.S3 ? RecordingPlaceNames.S3 : RecordingPlaceNames.Folder;

    internal long BytesMax => MiBMax * 1024L * 1024;
}
