using Microsoft.Extensions.Logging;

namespace StepCloud.Storage;

/// <summary>Makes, starts and stops the server of one cluster. Its caller is the only one who does.</summary>
internal sealed partial class PrivateCluster(
    PrivatePostgresOptions options,
    ClusterHome home,
    ClusterAccount account,
    PostgresInstallation installation,
    ILogger logger,
    TimeProvider clock)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(50);

    // Making a cluster writes some 40 MB and flushes them.
    private static readonly TimeSpan InitDbTimeout = TimeSpan.FromMinutes(5);

    // pg_ctl has its own time-out; ours is only for a pg_ctl that hangs.
    private static readonly TimeSpan PgCtlGrace = TimeSpan.FromSeconds(30);

    // Kept over a restart of the server: connection strings hold it.
    private string? _socketDirectory;

    public ClusterHome Home => home;

    public Postmaster? FindServer() => Postmaster.FindRunning(home.Data);

    /// <summary>Makes the cluster beside its place and moves it there when it is whole: what a crash leaves half made is made anew.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(home.NewData))
            Directory.Delete(home.NewData, recursive: true);
        await WritePasswordAsync(cancellationToken);

        // Names sort by their code points, whatever the C library's next version thinks of them; letters know their case.
        OsCommandResult made = await InitDbAsync(["--lc-collate=C", "--lc-ctype=C.UTF-8"], cancellationToken);
        if (!made.Succeeded && made.Error.Contains("invalid locale", StringComparison.OrdinalIgnoreCase))
            made = await InitDbAsync(["--lc-collate=C", "--lc-ctype=C"], cancellationToken);
        if (!made.Succeeded)
            throw new PrivatePostgresException(PrivatePostgresFailure.NotCreated, $"The cluster in {home.Path} cannot be made: {made.Said}");

        await File.AppendAllTextAsync(Path.Combine(home.NewData, "postgresql.conf"), ClusterSettings.Include, cancellationToken);
        Directory.Move(home.NewData, home.Data);

        // The rename itself has to be on the disk before the first commit is: otherwise a power cut could bring back "data.new".
        await OsCommand.RunAsync(["sync", home.Path, Path.Combine(home.Data, "postgresql.conf")], InitDbTimeout, clock, cancellationToken);
        Log.Made(logger, installation.Major, home.Path);
    }

    /// <summary>Starts the server, or takes over the one that runs.</summary>
    /// <returns>Where its socket is.</returns>
    public async Task<string> EnsureRunningAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource timer = new(options.StartTimeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            while (FindServer() is { } running)
            {
                if (running.IsReady)
                {
                    Log.TakenOver(logger, running.ProcessId);
                    return _socketDirectory = running.SocketDirectory;
                }

                // It is starting or stopping; either ends.
                await Task.Delay(PollEvery, clock, either.Token);
            }

            await ClearStaleAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PrivatePostgresException(
                PrivatePostgresFailure.NotStarted, $"A server in {home.Data} neither starts nor stops: look into {home.StartLog} and {home.Data}/log");
        }

        return await StartAsync(cancellationToken);
    }

    /// <summary>Stops the server: fast, and when that takes too long at once.</summary>
    public async Task StopAsync()
    {
        if (Postmaster.Read(home.Data) is not { } postmaster)
            return;

        OsCommandResult result = await PgCtlStopAsync("fast");
        if (!result.Succeeded && FindServer() is not null)
        {
            Log.StoppedAtOnce(logger, result.Said);
            await PgCtlStopAsync("immediate");
        }

        home.RemoveSocketDirectory(postmaster.SocketDirectory);
        Log.Stopped(logger);
    }

    private async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        _socketDirectory ??= await home.MakeSocketDirectoryAsync(account, clock, cancellationToken);
        string settings = Path.Combine(home.Data, ClusterSettings.FileName);
        await File.WriteAllTextAsync(settings, ClusterSettings.Text(_socketDirectory, options.ConnectionsMax), cancellationToken);
        await account.TakeOverAsync(settings, clock, cancellationToken);

        OsCommandResult result = await PgCtlStartAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (!result.Succeeded || FindServer() is not { } server)
        {
            throw new PrivatePostgresException(
                PrivatePostgresFailure.NotStarted,
                $"PostgreSQL in {home.Data} does not start: {result.Said} {LastLinesOf(home.StartLog)} (see {home.StartLog} and {home.Data}/log)");
        }

        Log.Started(logger, installation.Major, server.ProcessId, home.Path);
        return _socketDirectory;
    }

    // The server removes a stale file itself, unless its number is now another process's of the same account: then it would refuse to start.
    private async Task ClearStaleAsync(CancellationToken cancellationToken)
    {
        while (Postmaster.AnyProcessIn(home.Data))
            await Task.Delay(PollEvery, clock, cancellationToken);

        if (Postmaster.Read(home.Data) is { } stale)
        {
            Log.Stale(logger, stale.ProcessId);
            // The same number stands beside the socket. A process that was killed has it until its parent asks how it ended.
            if (Directory.Exists(stale.SocketDirectory)) File.Delete(Path.Combine(stale.SocketDirectory, ".s.PGSQL.5432.lock"));
            if (stale.SocketDirectory != _socketDirectory)
                home.RemoveSocketDirectory(stale.SocketDirectory);
        }

        File.Delete(Postmaster.FileIn(home.Data));
    }

    private async Task WritePasswordAsync(CancellationToken cancellationToken)
    {
        File.Delete(home.PasswordFile);
        FileStreamOptions ownerOnly = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using (StreamWriter writer = new(home.PasswordFile, ownerOnly))
            await writer.WriteLineAsync(ClusterLogins.NewPassword().AsMemory(), cancellationToken);
        await account.TakeOverAsync(home.PasswordFile, clock, cancellationToken);
    }

    private Task<OsCommandResult> InitDbAsync(string[] locale, CancellationToken cancellationToken) =>
        account.RunAsync(
            [
                installation.InitDb, "-D", home.NewData, "-U", ClusterLogins.Superuser, $"--pwfile={home.PasswordFile}",
                "--auth=scram-sha-256", "--encoding=UTF8", .. locale, "--data-checksums", "--no-instructions",
            ],
            InitDbTimeout, clock, cancellationToken);

    // Cancelled, it goes on until there is a server to stop: to kill pg_ctl would leave one behind that is just being started.
    private async Task<OsCommandResult> PgCtlStartAsync(CancellationToken cancellationToken)
    {
        Task<OsCommandResult> starting = account.RunAsync(
            [installation.PgCtl, "start", "-D", home.Data, "-l", home.StartLog, "-s", "-w", "-t", $"{options.StartTimeout.TotalSeconds:0}"],
            options.StartTimeout + PgCtlGrace, clock, CancellationToken.None);
        while (!starting.IsCompleted)
        {
            if (cancellationToken.IsCancellationRequested && FindServer() is not null)
                await PgCtlStopAsync("immediate");
            await Task.WhenAny(starting, Task.Delay(PollEvery, clock, CancellationToken.None));
        }

        OsCommandResult result = await starting;
        if (cancellationToken.IsCancellationRequested)
            await StopAsync();
        return result;
    }

    private Task<OsCommandResult> PgCtlStopAsync(string mode) =>
        account.RunAsync(
            [installation.PgCtl, "stop", "-D", home.Data, "-s", "-m", mode, "-t", $"{options.StopTimeout.TotalSeconds:0}"],
            options.StopTimeout + PgCtlGrace, clock, CancellationToken.None);

    private static string LastLinesOf(string file) =>
        File.Exists(file) ? string.Join(" / ", File.ReadLines(file).TakeLast(3)) : "";

    private static partial class Log
    {
        [LoggerMessage(3003, LogLevel.Information, "A private PostgreSQL {Major} cluster was made in {Home}")]
        public static partial void Made(ILogger logger, int major, string home);

        [LoggerMessage(3004, LogLevel.Information, "The private PostgreSQL {Major} runs as process {ProcessId} in {Home}")]
        public static partial void Started(ILogger logger, int major, int processId, string home);

        [LoggerMessage(3005, LogLevel.Information, "The private PostgreSQL still ran as process {ProcessId}; it is taken over")]
        public static partial void TakenOver(ILogger logger, int processId);

        [LoggerMessage(3006, LogLevel.Warning, "The private PostgreSQL was not stopped in order (process {ProcessId} is gone); it recovers by its log")]
        public static partial void Stale(ILogger logger, int processId);

        [LoggerMessage(3007, LogLevel.Warning, "The private PostgreSQL did not stop in time ({Said}); it is stopped at once")]
        public static partial void StoppedAtOnce(ILogger logger, string said);

        [LoggerMessage(3008, LogLevel.Information, "The private PostgreSQL has stopped")]
        public static partial void Stopped(ILogger logger);
    }
}
