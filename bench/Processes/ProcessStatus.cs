namespace StepCloud.Bench.Processes;

/// <summary>What Linux tells of processes and of the machine (proc_pid_stat(5), proc_pid_status(5), proc_stat(5)).</summary>
internal static class ProcessStatus
{
    /// <summary>USER_HZ, which is 100 on every architecture .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of the process, all its threads that ended included.</summary>
    public static TimeSpan CpuTime(int id) => Sum(Fields(id), 14);

    public static int Parent(int id) => int.Parse(Fields(id)[4 - 3]);

    /// <summary>Of the process's children, such as the backends of a PostgreSQL: those that are there, and those that have ended and were waited for.</summary>
    public static TimeSpan CpuTimeOfChildren(int id) =>
        File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(Sum(Fields(id), 16), static (sum, child) => sum + CpuTimeIfThere(int.Parse(child)));

    private static TimeSpan CpuTimeIfThere(int id)
    {
        try
        {
            return CpuTime(id);
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }

    /// <summary>User and system time, which stand beside each other.</summary>
    private static TimeSpan Sum(string[] fields, int first) =>
        TimeSpan.FromSeconds((long.Parse(fields[first - 3]) + long.Parse(fields[first + 1 - 3])) / TicksPerSecond);

    /// <summary>From the third on: the second is the program's name in brackets, and may hold anything; utime and stime are fields 14 and 15, those of children that ended 16 and 17.</summary>
    private static string[] Fields(int id)
    {
        string line = File.ReadAllText($"/proc/{id}/stat");
        return line[(line.LastIndexOf(')') + 2)..].Split(' ');
    }

    /// <summary>VmRSS: what of it lies in memory.</summary>
    public static long ResidentBytes(int id)
    {
        string line = File.ReadLines($"/proc/{id}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    /// <summary>Time that the machine's cores were busy, or taken away by its host.</summary>
    public static TimeSpan BusyTime()
    {
        // cpu user nice system idle iowait irq softirq steal
        long[] fields = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(long.Parse)];
        return TimeSpan.FromSeconds((fields.Sum() - fields[3] - fields[4]) / TicksPerSecond);
    }

    /// <summary>Processes that ran or wanted to, in the mean of the last minute (proc_loadavg(5)).</summary>
    public static double LoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0]);
}
