using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class EventStoreFaultTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestPostgres.CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(StepCopy.StepsMin)]
    public async Task When_the_server_is_killed_in_mid_append_every_acknowledged_step_is_there_once(int stepsEach)
    {
        using TemporaryFolder folder = new();
        await using PrivatePostgres postgres = await PrivatePostgres.StartAsync(
            new PrivatePostgresOptions { DataDirectory = folder["data"], StopWithOwner = true }, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await new Migrator(source, Migration.Embedded(), TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
        await using StepStore store = new(postgres.ConnectionString);
        ConcurrentDictionary<Guid, long> acknowledged = new();
        using CancellationTokenSource enough = new();

        Task[] senders = [.. Enumerable.Range(0, 8).Select(_ => SendAsync(store, stepsEach, acknowledged, enough.Token))];
        for (int kill = 1; kill <= 3; kill++)
        {
            int before = acknowledged.Count;
            await Eventually.HoldsAsync(() => acknowledged.Count > before + 200, "steps are acknowledged");
            int server = await ServerAsync(postgres);
            System.Diagnostics.Process.GetProcessById(server).Kill();
        }

        int last = acknowledged.Count;
        await Eventually.HoldsAsync(() => acknowledged.Count > last + 200, "steps are acknowledged again");
        await enough.CancelAsync();
        await Task.WhenAll(senders);

        // Not by the pool, whose connections to the killed servers are dead.
        NpgsqlConnection.ClearAllPools();
        Dictionary<Guid, long> stored = await StoredAsync(postgres);
        acknowledged.Keys.Where(id => !stored.ContainsKey(id)).ShouldBeEmpty();
        acknowledged.Where(pair => pair.Value > 0 && stored[pair.Key] != pair.Value).ShouldBeEmpty();
        store.Metrics.Read().Retries.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(StepCopy.StepsMin)]
    public async Task A_commit_whose_connection_is_cut_is_tried_again_and_stored_once(int stepsEach)
    {
        await using StepStore store = new(_database.ConnectionString);
        using CancellationTokenSource enough = new();
        ConcurrentDictionary<Guid, long> acknowledged = new();
        Task[] senders = [.. Enumerable.Range(0, 4).Select(_ => SendAsync(store, stepsEach, acknowledged, enough.Token))];

        for (int cut = 0; cut < 10; cut++)
        {
            int before = acknowledged.Count;
            await Eventually.HoldsAsync(() => acknowledged.Count > before + 20, "steps are acknowledged");
            await _database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }

        await enough.CancelAsync();
        await Task.WhenAll(senders);
        (await _database.ScalarAsync<Guid[]>("SELECT array_agg(id) FROM step_event")).ShouldBe(acknowledged.Keys, ignoreOrder: true);
        (await _database.ScalarAsync<long>("SELECT count(*) FROM step_series")).ShouldBe(acknowledged.Count);
    }

    [Fact]
    public async Task While_the_database_cannot_be_reached_callers_wait_and_can_give_up()
    {
        string nowhere = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Host = "/nonexistent" }.ConnectionString;
        await using StepStore store = new(nowhere, options => options.DrainTimeout = TimeSpan.Zero);
        using CancellationTokenSource patience = new();

        Task<IReadOnlyList<StepOutcome>> append = store.Events.AppendAsync(store.Origin, [TestSteps.Step(store.Device)], patience.Token);
        await Eventually.HoldsAsync(() => store.Metrics.Read().Retries > 2, "it is tried again");
        append.IsCompleted.ShouldBeFalse();

        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => append);
        await Eventually.HoldsAsync(() => store.Events.Load == (0, 0, 0), "its room is given back");
    }

    [Fact]
    public async Task Callers_beyond_the_bound_wait_outside_in_their_order()
    {
        string nowhere = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Host = "/nonexistent" }.ConnectionString;
        await using StepStore store = new(nowhere, options =>
        {
            options.QueueStepsMax = 10;
            options.DrainTimeout = TimeSpan.Zero;
        });
        using CancellationTokenSource patience = new();

        Task[] appends = [.. Enumerable.Range(0, 8).Select(_ => store.Events.AppendAsync(
            store.Origin, [TestSteps.Step(store.Device), TestSteps.Step(store.Device), TestSteps.Step(store.Device)], patience.Token))];

        (store.Events.Load.Steps, store.Events.Load.CallsWaiting).ShouldBe((9, 5));
        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Task.WhenAll(appends));
        await Eventually.HoldsAsync(() => store.Events.Load == (0, 0, 0), "nothing is left");
    }

    [Fact]
    public async Task A_bound_by_bytes_lets_all_through_one_after_the_other_even_what_is_bigger_than_the_bound()
    {
        await using StepStore store = new(_database.ConnectionString, options => options.QueueBytesMax = 100_000);
        long most = 0;

        Task<IReadOnlyList<StepOutcome>>[] appends = [.. Enumerable.Range(0, 50).Select(n =>
        {
            Task<IReadOnlyList<StepOutcome>> append = store.AppendAsync(
                StepStore.NewOrigin(), TestSteps.Step(store.Device, series: [TestSteps.Series("a", new double[n % 10 == 0 ? 10_000 : 500])]));
            most = Math.Max(most, store.Events.Load.Bytes);
            return append;
        })];

        (await Task.WhenAll(appends)).ShouldAllBe(outcome => outcome[0] is StepOutcome.Stored);
        most.ShouldBeLessThan(200_000);
        await Eventually.HoldsAsync(() => store.Events.Load == (0, 0, 0), "all room is given back");
    }

    [Fact]
    public async Task A_shutdown_commits_what_was_admitted_and_takes_nothing_more()
    {
        StepStore store = new(_database.ConnectionString);
        Task<IReadOnlyList<StepOutcome>>[] appends = [.. Enumerable.Range(0, 100).Select(_ => store.AppendAsync(StepStore.NewOrigin(), TestSteps.Step(store.Device)))];

        await store.DisposeAsync();

        (await Task.WhenAll(appends)).ShouldAllBe(outcome => outcome[0] is StepOutcome.Stored);
        await Should.ThrowAsync<ObjectDisposedException>(() => store.AppendAsync(TestSteps.Step(store.Device)));
    }

    [Fact]
    public async Task A_shutdown_without_a_database_ends_in_time_and_tells_the_callers()
    {
        string nowhere = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Host = "/nonexistent" }.ConnectionString;
        StepStore store = new(nowhere, options =>
        {
            options.DrainTimeout = TimeSpan.FromMilliseconds(200);
            options.QueueStepsMax = 3;
        });
        Task<IReadOnlyList<StepOutcome>>[] appends = [.. Enumerable.Range(0, 10).Select(_ => store.AppendAsync(StepStore.NewOrigin(), TestSteps.Step(store.Device)))];

        await store.DisposeAsync();

        foreach (Task<IReadOnlyList<StepOutcome>> append in appends)
            await Should.ThrowAsync<OperationCanceledException>(() => append);
    }

    /// <summary>A gateway that sends step after step, each until it is acknowledged.</summary>
    private static async Task SendAsync(StepStore store, int stepsEach, ConcurrentDictionary<Guid, long> acknowledged, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            StepEvent[] steps = [.. Enumerable.Range(0, stepsEach).Select(_ => TestSteps.Step(store.Device))];
            foreach ((StepEvent step, StepOutcome outcome) in steps.Zip(await store.AppendAsync(StepStore.NewOrigin(), steps)))
            {
                outcome.ShouldNotBeOfType<StepOutcome.Refused>();
                acknowledged[step.Id.Value] = outcome is StepOutcome.Stored stored ? stored.Position : 0;
            }
        }
    }

    private static async Task<int> ServerAsync(PrivatePostgres postgres)
    {
        await Eventually.HoldsAsync(() => postgres.ProcessId is not null, "the server runs");
        return postgres.ProcessId!.Value;
    }

    private static async Task<Dictionary<Guid, long>> StoredAsync(PrivatePostgres postgres)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand("SELECT id, position FROM step_event");
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        Dictionary<Guid, long> stored = [];
        while (await reader.ReadAsync())
            stored.Add(reader.GetGuid(0), reader.GetInt64(1));
        return stored;
    }
}
