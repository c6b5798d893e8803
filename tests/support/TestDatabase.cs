using Npgsql;

namespace StepCloud.Tests.Support;

/// <summary>A database of one test.</summary>
/// <param name="administratorConnectionString">Of the whole cluster's superuser, connected to the database `postgres`.</param>
public sealed class TestDatabase(string connectionString, string administratorConnectionString) : IAsyncDisposable
{
    public string ConnectionString { get; } = connectionString;

    public string AdministratorConnectionString { get; } = administratorConnectionString;

    /// <summary>Patient: a checkpoint of a cluster that a whole suite has written into can take a minute on a busy machine.</summary>
    public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 180 });

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using NpgsqlCommand command = Source.CreateCommand(sql);
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql, params object[] values)
    {
        await using NpgsqlCommand command = Source.CreateCommand(sql);
        foreach (object value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Whoever is connected is cut off, and what was in it is nowhere any more.</summary>
    public async Task DropAsync()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(AdministratorConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"DROP DATABASE {new NpgsqlConnectionStringBuilder(ConnectionString).Database} WITH (FORCE)");
        // It waits for a checkpoint of the whole cluster, on a disk that others use too.
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
