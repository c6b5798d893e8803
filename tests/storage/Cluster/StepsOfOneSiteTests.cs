using Npgsql;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Two nodes commit steps of one site: positions still ascend in the order in which they become visible.</summary>
public sealed class StepsOfOneSiteTests : IAsyncLifetime
{
    private const int Writers = 8;
    private const int StepsOfWriter = 150;

    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestPostgres.CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Whoever_reads_on_from_a_position_misses_none()
    {
        await using StepStore one = new(_database.ConnectionString, isOneOfMany: true), other = new(_database.ConnectionString, isOneOfMany: true);
        Task writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(i => WriteAsync(i % 2 == 0 ? one : other, one.Origin)));
        int seen = 0;
        long after = 0;
        while (seen < Writers * StepsOfWriter)
        {
            bool isDone = writing.IsCompleted;
            long[] positions = await ReadAfterAsync(after);
            if (isDone && positions.Length == 0) break;
            seen += positions.Length;
            if (positions.Length > 0) after = positions[^1];
        }

        await writing;
        seen.ShouldBe(Writers * StepsOfWriter);
    }

    private static async Task WriteAsync(StepStore store, StepOrigin origin)
    {
        DeviceId device = DeviceId.New(TimeProvider.System);
        for (int i = 0; i < StepsOfWriter; i++)
            (await store.AppendAsync(origin with { Gateway = GatewayId.New(TimeProvider.System) }, TestSteps.Step(device))).ShouldHaveSingleItem().ShouldBeOfType<StepOutcome.Stored>();
    }

    private async Task<long[]> ReadAfterAsync(long after)
    {
        await using NpgsqlCommand command = _database.Source.CreateCommand("SELECT coalesce(array_agg(position ORDER BY position), '{}') FROM step_event WHERE position > $1");
        command.Parameters.Add(new NpgsqlParameter { Value = after });
        return (long[])(await command.ExecuteScalarAsync())!;
    }
}
