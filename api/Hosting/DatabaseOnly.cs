using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StepCloud.Api.Settings;
using StepCloud.Storage;

namespace StepCloud.Api.Hosting;

/// <summary>The installation's database for a command that only looks: a given one, or the private one, started for as long as this lasts.</summary>
internal sealed class DatabaseOnly : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly PrivatePostgres? _postgres;

    private DatabaseOnly(NpgsqlDataSource source, PrivatePostgres? postgres, TimeProvider clock)
    {
        _source = source;
        _postgres = postgres;
        Database = new StepCloudDatabase(source, clock);
    }

    public StepCloudDatabase Database { get; }

    /// <exception cref="StartException">The database cannot be had; a running server has the private one to itself.</exception>
    public static async Task<DatabaseOnly> OpenAsync(IConfiguration configuration, TimeProvider clock, CancellationToken cancellationToken)
    {
        ServerOptions options = SettingsCheck.ReadServer(configuration);
        string? connectionString = SettingsCheck.ReadDatabase(configuration);
        try
        {
            PrivatePostgres? postgres = connectionString is null
                ? await PrivatePostgres.StartAsync(
                    new PrivatePostgresOptions { DataDirectory = options.Data }, NullLoggerFactory.Instance, clock, cancellationToken)
                : null;
            return new DatabaseOnly(NpgsqlDataSource.Create(connectionString ?? postgres!.ConnectionString), postgres, clock);
        }
        catch (Exception e) when (StartException.For(e, options) is { } clear)
        {
            throw new StartException(clear.Message, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }
}
