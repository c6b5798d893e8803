using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StepCloud.Storage;

namespace StepCloud.Tests.Support;

/// <summary>One private cluster for the whole test process, and a fresh database out of it for whoever asks.</summary>
/// <remarks>Nobody stops it: its watchdog does when this process is gone, and deletes its folder. That way also holds when a run is killed.</remarks>
public static class TestPostgres
{
    private const string Template = "stepcloud_template";

    private const string ApplicationRole = "stepcloud";

    private static readonly Lazy<Task<PrivatePostgres>> Cluster = new(StartAsync);
    private static int _databases;

    /// <summary>A migrated database that nobody else has. A copy of a template: some tens of milliseconds.</summary>
    public static Task<TestDatabase> CreateDatabaseAsync() => CreateAsync($"OWNER stepcloud_audit TEMPLATE {Template}");

    /// <summary>A database without a schema, which is the application's own, as an external one would be.</summary>
    public static Task<TestDatabase> CreateEmptyDatabaseAsync() => CreateAsync($"OWNER {ApplicationRole}");

    /// <summary>The connection string of a database of the cluster; the role is an ordinary one.</summary>
    private static string ConnectionStringOf(PrivatePostgres cluster, string database) =>
        new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = database }.ConnectionString;

    private static async Task<TestDatabase> CreateAsync(string how)
    {
        PrivatePostgres cluster = await Cluster.Value;
        string name = $"test_{Interlocked.Increment(ref _databases)}";
        await CreateDatabaseAsync(cluster, name, how);
        return new TestDatabase(ConnectionStringOf(cluster, name), cluster.AdministratorConnectionString);
    }

    private static async Task<PrivatePostgres> StartAsync()
    {
        PrivatePostgresOptions options = new()
        {
            DataDirectory = Directory.CreateTempSubdirectory("stepcloud-tests-").FullName,
            StopWithOwner = true,
            DeleteWithOwner = true,
            ConnectionsMax = 300,
        };
        MakeReachable(options.DataDirectory);
        PrivatePostgres cluster = await PrivatePostgres.StartAsync(
            options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);

        await CreateDatabaseAsync(cluster, Template, $"OWNER {ApplicationRole}");
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionStringOf(cluster, Template));
        await new Migrator(source, Migration.Embedded(), TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
        NpgsqlConnectionStringBuilder administrator = new(cluster.AdministratorConnectionString) { Database = Template, Pooling = false };
        await AuditProtections.ApplyAsync(administrator.ConnectionString, CancellationToken.None);
        return cluster;
    }

    // As root the cluster runs as another account, which would otherwise be given a folder elsewhere, that nobody deletes.
    private static void MakeReachable(string directory) =>
        new DirectoryInfo(directory).UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static async Task CreateDatabaseAsync(PrivatePostgres cluster, string name, string how)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(cluster.AdministratorConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"CREATE DATABASE {name} {how}");
        await command.ExecuteNonQueryAsync();
    }
}
