using Microsoft.Extensions.Logging;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>A PostgreSQL cluster of our own, made from the installed binaries, that runs as long as this object.</summary>
/// <remarks>
/// One process owns a cluster at a time. A server that an owner left behind when it was killed is taken over as it runs; one that dies while
/// it is owned is started again.
/// </remarks>
public sealed partial class PrivatePostgres : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly PrivateCluster _cluster;
    private readonly FileStream _ownership;
    private readonly PostmasterWatchdog? _watchdog;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private Task _supervision = Task.CompletedTask;
    private int _stopped;

    private PrivatePostgres(PrivateCluster cluster, FileStream ownership, PostmasterWatchdog? watchdog, ILogger logger, TimeProvider clock)
    {
        _cluster = cluster;
        _ownership = ownership;
        _watchdog = watchdog;
        _logger = logger;
        _clock = clock;
    }

    /// <summary>For the application: an ordinary role that owns what it makes in its database.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>For administration and tests: the cluster's superuser, connected to the database `postgres`.</summary>
    public required string AdministratorConnectionString { get; init; }

    /// <summary>Of the server now; null while it does not run.</summary>
    public int? ProcessId => _cluster.FindServer()?.ProcessId;

    /// <summary>Where the server writes its log, one file for each day of the week.</summary>
    public string LogDirectory => Path.Combine(_cluster.Home.Data, "log");

    /// <summary>Makes the cluster if there is none, starts it if it does not run, and creates the database if it is missing.</summary>
    /// <exception cref="PrivatePostgresException">It cannot be; the message says why and what to do.</exception>
    public static async Task<PrivatePostgres> StartAsync(
        PrivatePostgresOptions options, ILoggerFactory loggerFactory, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PrivatePostgresException(
                PrivatePostgresFailure.NotInstalled, "The private PostgreSQL runs on Linux only: give the connection string of an existing PostgreSQL");
        }

        ILogger logger = loggerFactory.CreateLogger<PrivatePostgres>();
        ClusterAccount account = await ClusterAccount.ChooseAsync(options.OrdinaryUser, clock, cancellationToken);
        (ClusterHome home, bool linkMade) = await ClusterHome.OpenAsync(options, account, clock, cancellationToken);
        if (linkMade)
            Log.PutElsewhere(logger, account.User!, options.DataDirectory, home.Path);

        FileStream ownership = TakeOwnership(home);
        PostmasterWatchdog? watchdog = null;
        PrivateCluster? cluster = null;
        try
        {
            PostgresInstallation installation = await PostgresInstallation.FindAsync(options.BinDirectory, home.Major, clock, cancellationToken);
            cluster = new PrivateCluster(options, home, account, installation, logger, clock);
            if (home.Major is null)
                await cluster.CreateAsync(cancellationToken);

            if (options.StopWithOwner)
                watchdog = PostmasterWatchdog.Start(home.Data, options.DeleteWithOwner ? Path.GetFullPath(options.DataDirectory) : null);

            string socketDirectory = await cluster.EnsureRunningAsync(cancellationToken);
            ClusterLogins logins = ClusterLogins.Read(home, socketDirectory, options.Database);
            await logins.EnsureDatabaseAsync(cancellationToken);

            PrivatePostgres postgres = new(cluster, ownership, watchdog, logger, clock)
            {
                ConnectionString = logins.Application,
                AdministratorConnectionString = logins.Administrator,
            };
            postgres._supervision = postgres.SuperviseAsync();
            return postgres;
        }
        catch
        {
            if (cluster is not null)
                await cluster.StopAsync();
            watchdog?.Dispose();
            await ownership.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the audit of the migrated database append-only by privilege: from then on the application can read it and add to it.</summary>
    public Task ProtectAuditAsync(CancellationToken cancellationToken)
    {
        string? database = new NpgsqlConnectionStringBuilder(ConnectionString).Database;
        NpgsqlConnectionStringBuilder administrator = new(AdministratorConnectionString) { Database = database, Pooling = false };
        return AuditProtections.ApplyAsync(administrator.ConnectionString, cancellationToken);
    }

    /// <summary>Stops the server: open transactions are rolled back, committed ones are on the disk. Does nothing the second time.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
            return;

        await _stopping.CancelAsync();
        await _supervision;
        await _cluster.StopAsync();
        _watchdog?.Dispose();
        await _ownership.DisposeAsync();
        _stopping.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    // The server can be killed under us (out of memory, a wrong kill): whoever waits for the database waits for this.
    private async Task SuperviseAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(LookEvery, _clock, _stopping.Token);
                if (_cluster.FindServer() is null)
                {
                    Log.Died(_logger);
                    await _cluster.EnsureRunningAsync(_stopping.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.NotRestarted(_logger, exception);
            }
        }
    }

    // The lock ends with the process that holds it, however that ends, so it is never stale.
    private static FileStream TakeOwnership(ClusterHome home)
    {
        try
        {
            return new FileStream(home.OwnerFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new PrivatePostgresException(
                PrivatePostgresFailure.InUse,
                $"Another process uses the cluster in {home.Path}: stop it, or choose another data folder", exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Information, "The user {User} cannot use {DataDirectory}, so the database is in {Home} (a link leads there)")]
        public static partial void PutElsewhere(ILogger logger, string user, string dataDirectory, string home);

        [LoggerMessage(3001, LogLevel.Warning, "The private PostgreSQL has died; it is started again")]
        public static partial void Died(ILogger logger);

        [LoggerMessage(3002, LogLevel.Error, "The private PostgreSQL cannot be started again; the next try follows")]
        public static partial void NotRestarted(ILogger logger, Exception exception);
    }
}
