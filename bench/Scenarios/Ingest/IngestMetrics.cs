using StepCloud.Bench.Frame;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>What all of `ingest` tells of a round: whose processor time it was.</summary>
internal static class IngestMetrics
{
    public static readonly Metric ServerCores = new("server_cores", "server, cores", "0.00");
    public static readonly Metric DatabaseCores = new("database_cores", "PostgreSQL, cores", "0.00");
    public static readonly Metric LoadCores = new("load_cores", "load, cores", "0.00");
    public static readonly Metric LoadShare = new("load_share", "load's share of all three", "P0");
    public static readonly Metric OtherCores = new("other_cores", "others, cores", "0.00");

    public static readonly IReadOnlyList<Metric> Cores = [ServerCores, DatabaseCores, LoadCores, LoadShare, OtherCores];

    public static Dictionary<Metric, double> Of(CpuUse cpu) => new()
    {
        [ServerCores] = cpu.Server / cpu.Wall,
        [DatabaseCores] = cpu.Database / cpu.Wall,
        [LoadCores] = cpu.Own / cpu.Wall,
        [LoadShare] = cpu.Own / (cpu.Own + cpu.Server + cpu.Database),
        [OtherCores] = cpu.Others / cpu.Wall,
    };
}
