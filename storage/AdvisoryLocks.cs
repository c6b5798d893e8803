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

    /// <summary>One process owns the actors, or the nodes of one cluster share it.</summary>
    public const long Actors = Space | 3;

    /// <summary>One node of a cluster does what is done once for all of them.</summary>
    public const long Duties = Space | 16;

    /// <summary>What is kept for how long does not change while something is taken away.</summary>
    public const long Retention = Space | 14;

    /// <summary>One process at a time takes away what is due.</summary>
    public const long RetentionRun = Space | 15;

    /// <summary>One transaction at a time counts pairing requests and adds one.</summary>
    public const long Pairing = Space | 13;

    /// <summary>The first half of a lock of two: one transaction at a time draws the positions of a site's telemetry. The second half is the site's hash.</summary>
    public const int TelemetryOfSite = 0x5374436C;

    /// <summary>The first half of a lock of two: a node of a cluster is there. The second half is the node's hash; migration 0027 has the same number.</summary>
    public const int Node = 0x5374436D;

    /// <summary>The first half of a lock of two: one node at a time commits steps of a site. The second half is the site's hash.</summary>
    public const int StepsOfSite = 0x5374436E;
}
