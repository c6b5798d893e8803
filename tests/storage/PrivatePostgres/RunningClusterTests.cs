using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class RunningClusterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private PrivatePostgresOptions Options => new() { DataDirectory = _folder["data"], StopWithOwner = true };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_connects_to_the_cluster_that_a_server_runs_and_finds_none_when_it_has_stopped()
    {
        RunningCluster.Exists(Options.DataDirectory).ShouldBeFalse();
        await using (PrivatePostgres owner = await PrivatePostgres.StartAsync(Options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None))
        {
            RunningCluster.Exists(Options.DataDirectory).ShouldBeTrue();
            string found = (await FindAsync()).ShouldNotBeNull();
            new NpgsqlConnectionStringBuilder(found).EquivalentTo(new NpgsqlConnectionStringBuilder(owner.ConnectionString)).ShouldBeTrue();
            await using NpgsqlDataSource source = NpgsqlDataSource.Create(found);
            await using NpgsqlCommand command = source.CreateCommand("SELECT current_database()");
            (await command.ExecuteScalarAsync()).ShouldBe("stepcloud");
        }

        RunningCluster.Exists(Options.DataDirectory).ShouldBeTrue();
        (await FindAsync()).ShouldBeNull();
    }

    private Task<string?> FindAsync() => RunningCluster.FindAsync(Options, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
}
