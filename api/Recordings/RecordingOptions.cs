using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Recordings;

/// <summary>Where recordings are kept, and how they are looked after.</summary>
public sealed class RecordingOptions
{
    public const string Section = "Recordings";

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

    /// <summary>How often each recording's stored bytes are read again and compared with what was written.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "3650.00:00:00")]
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How fast that reads, in MiB a second: so that it is in nobody's way.</summary>
    [Range(1, 10_000)]
    public int CheckMiBPerSecond { get; set; } = 20;

    /// <summary>Of a body that brings one: what no setting goes beyond.</summary>
    internal const long BytesLimit = 4096L * 1024 * 1024;

    internal long BytesMax => MiBMax * 1024L * 1024;
}
