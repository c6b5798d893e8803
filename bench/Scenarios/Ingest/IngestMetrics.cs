using StepCloud.Bench.Frame;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Scenarios.Ingest;

/// <summary>What all of `ingest` tells of a round: whose processor time it was.</summary>
internal static class IngestMetrics
{
    public static readonly Metric PerCpu = new("per_cpu_second", "the same by the CPU s of server and PostgreSQL", IsHeadline: true);
    public static readonly Metric ServerCores = new("server_cores", "server, cores", "0.00");
    public static readonly Metric DatabaseCores = new("database_cores", "PostgreSQL, cores", "0.00");
    public static readonly Metric LoadCores = new("load_cores", "load, cores", "0.00");
    public static readonly Metric LoadShare = new("load_share", "load's share of all three", "P0");
    public static readonly Metric OtherCores = new("other_cores", "others, cores", "0.00");

    public static readonly IReadOnlyList<Metric> Cores = [ServerCores, DatabaseCores, LoadCores, LoadShare, OtherCores];

    /// <param name="rate">Of what was counted, by the second; it is also told by the processor's second, the load's left out.</param>
    public static Dictionary<Metric, double> Of(CpuUse cpu, Metric rate, double counted) => new(Of(cpu))
    {
        [rate] = counted / cpu.Wall,
        [PerCpu] = counted / (cpu.Server + cpu.Database),
    };

    public static Dictionary<Metric, double> Of(CpuUse cpu) => new()
    {
        [ServerCores] = cpu.Server / cpu.Wall,
        [DatabaseCores] = cpu.Database / cpu.Wall,
        [LoadCores] = cpu.Own / cpu.Wall,
        [LoadShare] = cpu.Own / (cpu.Own + cpu.Server + cpu.Database),
        [OtherCores] = cpu.Others / cpu.Wall,
    };
}
