using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class ActorOwnershipTests : IAsyncLifetime
{
    private const string Locks =
        "pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestPostgres.CreateEmptyDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task One_process_owns_the_actors_and_the_next_does_when_it_has_ended()
    {
        ActorOwnership first = (await TakeAsync(TimeSpan.Zero)).ShouldNotBeNull();
        (await TakeAsync(TimeSpan.Zero)).ShouldBeNull();

        Task<ActorOwnership?> second = TakeAsync(TimeSpan.FromMinutes(1));
        await first.DisposeAsync();

        await using ActorOwnership? taken = await second;
        taken.ShouldNotBeNull().Lost.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task After_a_cut_connection_the_ownership_is_taken_again()
    {
        await using ActorOwnership ownership = (await TakeAsync(TimeSpan.Zero)).ShouldNotBeNull();

        await CutAsync();

        await Eventually.HoldsAsync(async () => await HoldersAsync() == 1, "the lock is held again");
        ownership.Lost.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task When_another_process_was_quicker_after_a_cut_the_ownership_is_lost()
    {
        await using ActorOwnership ownership = (await TakeAsync(TimeSpan.Zero)).ShouldNotBeNull();
        await using NpgsqlConnection waiting = await _database.Source.OpenConnectionAsync();
        long key = await _database.ScalarAsync<long>($"SELECT classid::bigint << 32 | objid::bigint FROM {Locks}");
        await using NpgsqlCommand take = new("SELECT pg_advisory_lock($1)", waiting) { Parameters = { new NpgsqlParameter { Value = key } } };
        Task taken = take.ExecuteNonQueryAsync();
        await Eventually.HoldsAsync(
            async () => await _database.ScalarAsync<long>($"SELECT count(*) FROM {Locks} AND NOT granted") == 1, "another process waits");

        await _database.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM {Locks} AND granted");

        await taken;
        await ownership.Lost.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Nodes_of_a_cluster_share_the_actors_and_keep_a_single_process_out()
    {
        ActorOwnership first = (await TakeAsync(TimeSpan.Zero, OneOfMany())).ShouldNotBeNull();
        ActorOwnership second = (await TakeAsync(TimeSpan.Zero, OneOfMany())).ShouldNotBeNull();
        (await TakeAsync(TimeSpan.Zero)).ShouldBeNull();

        await first.DisposeAsync();
        (await TakeAsync(TimeSpan.Zero)).ShouldBeNull();
        await second.DisposeAsync();

        await using ActorOwnership? single = await TakeAsync(TimeSpan.FromSeconds(10));
        single.ShouldNotBeNull();
        (await TakeAsync(TimeSpan.Zero, OneOfMany())).ShouldBeNull();
    }

    [Fact]
    public async Task A_node_is_there_as_long_as_it_holds_its_lock()
    {
        await using TestDatabase migrated = await TestPostgres.CreateDatabaseAsync();
        ThisNode node = OneOfMany();
        string isGone = $"SELECT cluster_node_is_gone('{node.Id}')";
        (await migrated.ScalarAsync<bool>(isGone)).ShouldBeTrue();
        ActorOwnership ownership = (await TakeAsync(TimeSpan.Zero, node, migrated)).ShouldNotBeNull();
        (await migrated.ScalarAsync<bool>(isGone)).ShouldBeFalse();
        await ownership.DisposeAsync();
        // PostgreSQL lets go of the lock when it sees that the connection is closed.
        await Eventually.HoldsAsync(() => migrated.ScalarAsync<bool>(isGone), "the node is gone");
    }

    private static ThisNode OneOfMany() => new(Guid.NewGuid(), IsOneOfMany: true);

    private Task<ActorOwnership?> TakeAsync(TimeSpan patience, ThisNode? node = null, TestDatabase? database = null) => ActorOwnership.TryTakeAsync(
        (database ?? _database).ConnectionString, node ?? new ThisNode(Guid.NewGuid(), IsOneOfMany: false), new NodePresence(), patience, TimeProvider.System,
        NullLogger<ActorOwnership>.Instance, CancellationToken.None);

    private Task CutAsync() => _database.ExecuteAsync(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

    private Task<long> HoldersAsync() => _database.ScalarAsync<long>(
        $"SELECT count(*) FROM {Locks} AND granted");
}
