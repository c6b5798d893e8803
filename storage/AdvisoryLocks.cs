namespace StepCloud.Storage;

/// <summary>The keys of PostgreSQL's advisory locks that StepCloud takes: one place, so that no two uses share a key by chance.</summary>
/// <remarks>The high half spells "StCl"; an advisory lock belongs to its database, so two installations on one server do not meet.</remarks>
internal static class AdvisoryLocks
{
    private const long Space = 0x5374436CL << 32;

    /// <summary>One process at a time migrates.</summary>
    public const long Migration = Space | 1;

    /// <summary>One transaction at a time makes partitions.</summary>
    public const long Partitions = Space | 2;

    /// <summary>One process owns the actors.</summary>
    public const long Actors = Space | 3;

    /// <summary>One transaction at a time counts pairing requests and adds one.</summary>
    public const long Pairing = Space | 13;

    /// <summary>The first half of a lock of two: one transaction at a time draws the positions of a site's telemetry. The second half is the site's hash.</summary>
    public const int TelemetryOfSite = 0x5374436C;
}
