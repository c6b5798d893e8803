using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Bench.Frame;
using StepCloud.Storage;

namespace StepCloud.Bench.Processes;

/// <summary>A private PostgreSQL as the server has it, with its tables, its indices and its settings, and no server.</summary>
internal sealed class BareDatabase : IAsyncDisposable
{
    private readonly PrivatePostgres _postgres;
    private readonly string _folder;

    private BareDatabase(PrivatePostgres postgres, string folder)
    {
        _postgres = postgres;
        _folder = folder;
    }

    public string ConnectionString => _postgres.ConnectionString;

    /// <summary>Its first process.</summary>
    public int ProcessId => _postgres.ProcessId ?? throw new BenchException("PostgreSQL has ended.");

    public static async Task<BareDatabase> StartAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        // It makes the tables, and the partitions of these months.
        var owner = await OwnServer.StartAsync(time, cancellationToken);
        try
        {
            await owner.LeaveAsync();
            var postgres = await PrivatePostgres.StartAsync(
                new PrivatePostgresOptions { DataDirectory = owner.Folder, StopWithOwner = true, DeleteWithOwner = true }, NullLoggerFactory.Instance, time, cancellationToken);
            return new BareDatabase(postgres, owner.Folder);
        }
        catch
        {
            await owner.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
