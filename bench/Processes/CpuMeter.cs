namespace StepCloud.Bench.Processes;

/// <summary>From <see cref="Start"/> on: the time that passed, and whose processor time it was.</summary>
internal sealed class CpuMeter
{
    private readonly TimeProvider _time;
    private readonly int _server;
    private readonly long _started;
    private readonly TimeSpan _serverCpu;
    private readonly TimeSpan _ownCpu;
    private readonly TimeSpan _busy;

    private CpuMeter(TimeProvider time, int server)
    {
        _time = time;
        _server = server;
        _serverCpu = ProcessStatus.CpuTime(server);
        _ownCpu = Environment.CpuUsage.TotalTime;
        _busy = ProcessStatus.BusyTime();
        _started = time.GetTimestamp();
    }

    public static CpuMeter Start(TimeProvider time, int server) => new(time, server);

    public CpuUse Read()
    {
        var wall = _time.GetElapsedTime(_started);
        var server = ProcessStatus.CpuTime(_server) - _serverCpu;
        var own = Environment.CpuUsage.TotalTime - _ownCpu;
        var others = ProcessStatus.BusyTime() - _busy - server - own;
        return new CpuUse(wall.TotalSeconds, server.TotalSeconds, own.TotalSeconds, Math.Max(0, others.TotalSeconds));
    }
}

/// <summary>All in seconds.</summary>
/// <param name="Own">Of this process, the load.</param>
/// <param name="Others">Of everything else on the machine: the kernel's own work, and whatever disturbs.</param>
internal sealed record CpuUse(double Wall, double Server, double Own, double Others);
