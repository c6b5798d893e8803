namespace StepCloud.Api.Health;

/// <summary>Why no requests should be sent to a process. For everybody who can ask, and so a word of a fixed list and a sentence; what exactly went wrong is in the log.</summary>
/// <param name="Code">Stable: alerts are built on it.</param>
internal sealed record ReadinessReason(string Code, string Text)
{
    public static readonly ReadinessReason Draining = new("draining", "It is about to stop, and takes no new connections.");
    public static readonly ReadinessReason Mqtt = new("mqtt", "MQTT does not listen yet.");
    public static readonly ReadinessReason Database = new("database", "The database does not answer.");
    public static readonly ReadinessReason ReadOnly = new("database_read_only", "The database takes no writes.");
    public static readonly ReadinessReason Migrations = new("migrations", "The database lacks migrations that this program needs.");
    public static readonly ReadinessReason Notices = new("notices", "The notices of the other processes are not heard: sessions that end elsewhere would go on here.");
    public static readonly ReadinessReason Actors = new("actors", "The lock that makes this process the owner of the actors is not held.");
    public static readonly ReadinessReason Cluster = new("cluster", "The locks by which the other nodes know that this one is there are not held.");

    public static readonly IReadOnlyList<ReadinessReason> All = [Draining, Mqtt, Database, ReadOnly, Migrations, Notices, Actors, Cluster];
}
