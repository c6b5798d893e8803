using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Storage;

namespace StepCloud.Api.Hosting;

/// <summary>
/// The installation's database for a command: a given one, or the private one, where a running server has it or started for as long as this
/// lasts. So every command works whether a server runs or not.
/// </summary>
internal sealed class DatabaseOnly : IAsyncDisposable
{
    /// <summary>A server that has just been started makes its database ready within this.</summary>
    private static readonly TimeSpan RunningPatience = TimeSpan.FromSeconds(10);

    private readonly NpgsqlDataSource _source;
    private readonly PrivatePostgres? _postgres;
    private readonly IConfiguration _configuration;
    private readonly TimeProvider _clock;

    private DatabaseOnly(string connectionString, PrivatePostgres? postgres, IConfiguration configuration, TimeProvider clock)
    {
        ConnectionString = connectionString;
        _source = NpgsqlDataSource.Create(connectionString);
        _postgres = postgres;
        _configuration = configuration;
        _clock = clock;
        Database = new StepCloudDatabase(_source, clock);
    }

    public StepCloudDatabase Database { get; }

    /// <summary>With its password: for PostgreSQL's own programs, and processes beside this one.</summary>
    public string ConnectionString { get; }

    /// <summary>Opens the database for the time of a command's work, and puts what an operator can mend into words.</summary>
    /// <exception cref="StartException">The database cannot be had, or refused; the message says why.</exception>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    public static Task<int> UseAsync(
        IConfiguration configuration, Func<DatabaseOnly, Task<int>> work, TimeProvider clock, CancellationToken cancellationToken) =>
        UseAsync(configuration, mayMake: false, work, clock, cancellationToken);

    /// <summary>As <see cref="UseAsync(IConfiguration, Func{DatabaseOnly, Task{int}}, TimeProvider, CancellationToken)"/>, and makes the private database where there is none.</summary>
    public static Task<int> MakeAsync(
        IConfiguration configuration, Func<DatabaseOnly, Task<int>> work, TimeProvider clock, CancellationToken cancellationToken) =>
        UseAsync(configuration, mayMake: true, work, clock, cancellationToken);

    private static async Task<int> UseAsync(
        IConfiguration configuration, bool mayMake, Func<DatabaseOnly, Task<int>> work, TimeProvider clock, CancellationToken cancellationToken)
    {
        ServerOptions options = SettingsCheck.ReadServer(configuration);
        try
        {
            await using DatabaseOnly database = await OpenAsync(configuration, options, mayMake, clock, cancellationToken);
            return await work(database);
        }
        catch (StorageException e) when (e.InnerException is PostgresException
        {
            SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn,
        })
        {
            throw new StartException("The database is not of this version yet: start the server once, or 'stepcloud init'.", e);
        }
        catch (Exception e) when (StartException.For(e, options) is { } clear)
        {
            throw new StartException(clear.Message, e);
        }
    }

    /// <summary>The installation's master key, for a command that seals or opens.</summary>
    /// <exception cref="StartException">There is none where it should be.</exception>
    /// <exception cref="SettingException">It is missing, or not that of the database.</exception>
    public Task<MasterKey> MasterKeyAsync(CancellationToken cancellationToken) => MasterKeyAsync(mayMake: false, cancellationToken);

    /// <summary>As <see cref="MasterKeyAsync(CancellationToken)"/>, for whatever takes what a server has opened.</summary>
    public async Task<OpenedSecrets> SecretsAsync(CancellationToken cancellationToken) => new() { MasterKey = await MasterKeyAsync(cancellationToken) };

    /// <inheritdoc cref="MasterKeyAsync(CancellationToken)"/>
    /// <param name="mayMake">Make it in the data folder, when nothing was sealed yet.</param>
    public Task<MasterKey> MasterKeyAsync(bool mayMake, CancellationToken cancellationToken)
    {
        MasterKeySetting? setting = MasterKeySetting.Read(_configuration, isDatabaseGiven: SettingsCheck.ReadDatabase(_configuration) is not null);
        return new InstallationMasterKey(new MasterKeyStore(Database, _clock), NullLogger<InstallationMasterKey>.Instance)
            .OpenAsync(setting, SettingsCheck.ReadServer(_configuration).Data, mayMake, cancellationToken);
    }

    /// <summary>Brings the database to this program's schema, as the start of a server does.</summary>
    /// <returns>How many migrations were applied.</returns>
    public async Task<int> MigrateAsync(CancellationToken cancellationToken)
    {
        int applied = await new Migrator(_source, Migration.Embedded(), _clock, NullLogger<Migrator>.Instance).MigrateAsync(cancellationToken);
        if (_postgres is not null) await _postgres.ProtectAuditAsync(cancellationToken);
        return applied;
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    private static async Task<DatabaseOnly> OpenAsync(
        IConfiguration configuration, ServerOptions options, bool mayMake, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (SettingsCheck.ReadDatabase(configuration) is { } given)
            return new DatabaseOnly(given, null, configuration, clock);
        // A command must not make an installation where there is none: most likely the folder is the wrong one.
        if (!mayMake && !RunningCluster.Exists(options.Data))
            throw new StartException($"There is no installation in the data folder {options.Data}. Name another with --data, or make one with 'stepcloud init'.");
        PrivatePostgresOptions cluster = new() { DataDirectory = options.Data };
        try
        {
            PrivatePostgres started = await PrivatePostgres.StartAsync(cluster, NullLoggerFactory.Instance, clock, cancellationToken);
            return new DatabaseOnly(started.ConnectionString, started, configuration, clock);
        }
        catch (PrivatePostgresException e) when (e.Failure == PrivatePostgresFailure.InUse)
        {
            return await RunningCluster.FindAsync(cluster, RunningPatience, clock, cancellationToken) is { } running
                ? new DatabaseOnly(running, null, configuration, clock)
                : throw new StartException($"Another process uses the data folder {options.Data}, and its database does not run. Try again in a moment.", e);
        }
    }
}
