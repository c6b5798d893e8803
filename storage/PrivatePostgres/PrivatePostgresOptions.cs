namespace StepCloud.Storage;

public sealed class PrivatePostgresOptions
{
    /// <summary>The data folder; the cluster goes into its folder `postgres`, or behind a symbolic link of that name.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where `initdb`, `pg_ctl` and `postgres` are; null looks for them, the newest version first.</summary>
    public string? BinDirectory { get; init; }

    /// <summary>The account that the cluster runs as when this process is root, which PostgreSQL refuses to run as.</summary>
    public string OrdinaryUser { get; init; } = "postgres";

    /// <summary>
    /// Where the cluster is put when <see cref="OrdinaryUser"/> cannot reach the data folder (a checkout under /root, which has mode 0700).
    /// </summary>
    public string SharedDirectory { get; init; } = "/var/lib/stepcloud";

    /// <summary>The database that is created when it is missing.</summary>
    public string Database { get; init; } = "stepcloud";

    /// <summary>How long a start may take. Generous, because it replays the log after a crash.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a fast stop may take (it writes a checkpoint) before the cluster is stopped at once, which loses nothing either.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Server processes at most: one for each connection. 5 to 10,000.</summary>
    public int ConnectionsMax { get; init; } = 100;

    /// <summary>Stop the cluster when this process is gone, however it ended: a second small process watches. For tests.</summary>
    public bool StopWithOwner { get; init; }

    /// <summary>With <see cref="StopWithOwner"/>: also delete the data folder then.</summary>
    public bool DeleteWithOwner { get; init; }
}
