namespace StepCloud.Bench.Processes;

/// <summary>From <see cref="Start"/> on: the time that passed, and whose processor time it was.</summary>
internal sealed class CpuMeter
{
    private readonly TimeProvider _time;
    private readonly int? _server;
    private readonly long _started;
    private readonly TimeSpan _serverCpu;
    private readonly TimeSpan _ownCpu;
    private readonly TimeSpan _busy;

    private readonly int? _database;
    private readonly TimeSpan _databaseCpu;

    private CpuMeter(TimeProvider time, int? server, int? database)
    {
        _database = database;
        _databaseCpu = OfDatabase();
        _time = time;
        _server = server;
        _serverCpu = OfServer();
        _ownCpu = Environment.CpuUsage.TotalTime;
        _busy = ProcessStatus.BusyTime();
        _started = time.GetTimestamp();
    }

    /// <param name="server">Null where a database is measured alone.</param>
    /// <param name="database">The first process of a PostgreSQL.</param>
    public static CpuMeter Start(TimeProvider time, int? server, int? database = null) => new(time, server, database);

    public CpuUse Read()
    {
        var wall = _time.GetElapsedTime(_started);
        var server = OfServer() - _serverCpu;
        var own = Environment.CpuUsage.TotalTime - _ownCpu;
        var database = OfDatabase() - _databaseCpu;
        var others = ProcessStatus.BusyTime() - _busy - server - own - database;
        return new CpuUse(wall.TotalSeconds, server.TotalSeconds, own.TotalSeconds, database.TotalSeconds, Math.Max(0, others.TotalSeconds));
    }

    private TimeSpan OfServer() => _server is { } id ? ProcessStatus.CpuTime(id) : TimeSpan.Zero;

    private TimeSpan OfDatabase() => _database is { } id ? ProcessStatus.CpuTime(id) + ProcessStatus.CpuTimeOfChildren(id) : TimeSpan.Zero;
}

/// <summary>All in seconds.</summary>
/// <param name="Server">0 without one.</param>
/// <param name="Database">Of all its processes; 0 without one.</param>
/// <param name="Own">Of this process, the load.</param>
/// <param name="Others">Of everything else on the machine: the kernel's own work, and whatever disturbs.</param>
internal sealed record CpuUse(double Wall, double Server, double Own, double Database, double Others);
