using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Which node has a session is said by its row: it moves by being asked for, or when its node is gone, and a node writes only what is its own.</summary>
public sealed class MqttClusterTests : IAsyncLifetime
{
    private const string Owner = "gateway:a";

    private TestDatabase _database = null!;
    private TestNode _first = null!;
    private TestNode _second = null!;
    private TestNode _third = null!;

    public async Task InitializeAsync()
    {
        _database = await TestPostgres.CreateDatabaseAsync();
        _first = await TestNode.StartAsync(_database);
        _second = await TestNode.StartAsync(_database);
        _third = await TestNode.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        foreach (TestNode node in new[] { _first, _second, _third }) await node.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Of_two_nodes_that_find_no_session_one_makes_it_and_the_other_waits_for_it()
    {
        for (int i = 0; i < 20; i++)
        {
            string client = $"a-{i}";
            MqttClaim[] claims = await Task.WhenAll(_first.TryAsync(client), _second.TryAsync(client));
            claims.OrderBy(claim => claim.GetType().Name).ShouldBe([MqttClaim.New.Instance, MqttClaim.Waits.Instance]);
        }
    }

    [Fact]
    public async Task A_session_goes_to_the_node_that_asks_when_it_is_freed_with_all_that_its_holder_has_written()
    {
        (await _first.TryAsync("a")).ShouldBe(MqttClaim.New.Instance);
        (await _first.SaveAsync(changes =>
        {
            changes.Save(Session("a"));
            changes.Save(Message("a", 1));
        })).ShouldBeEmpty();
        (await _second.TryAsync("a")).ShouldBe(MqttClaim.Waits.Instance);
        (await _second.TryAsync("a", isFirst: false)).ShouldBe(MqttClaim.Waits.Instance);
        (await _first.Claims.ListWantedAsync(CancellationToken.None)).ShouldBe([new MqttWantedSession("a", Owner)]);
        (await _second.Claims.ListWantedAsync(CancellationToken.None)).ShouldBeEmpty();

        (await _first.SaveAsync(changes => changes.Save(Message("a", 2)))).ShouldBeEmpty("it is the holder's until it is freed");
        await _first.Claims.FreeAsync("a", Guid.NewGuid(), CancellationToken.None);
        MqttWholeSession taken = (await _second.TryAsync("a", isFirst: false)).ShouldBeOfType<MqttClaim.Taken>().Session;
        taken.Messages.Select(message => message.Number).ShouldBe([1, 2]);
        (await _second.Claims.KeepAsync("a", CancellationToken.None)).ShouldBeTrue();
        (await _first.Claims.KeepAsync("a", CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_node_at_which_the_client_was_last_gets_it()
    {
        await _first.TryAsync("a");
        await _second.TryAsync("a");
        await _third.TryAsync("a");
        (await _second.TryAsync("a", isFirst: false)).ShouldBe(MqttClaim.Superseded.Instance);
        await _first.Claims.FreeAsync("a", Guid.NewGuid(), CancellationToken.None);
        (await _second.TryAsync("a", isFirst: false)).ShouldBe(MqttClaim.Superseded.Instance);
        (await _third.TryAsync("a", isFirst: false)).ShouldBeOfType<MqttClaim.Taken>();

        // Back at its holder before that one could give it up: the wish is void.
        await _first.TryAsync("a");
        (await _third.TryAsync("a")).ShouldBeOfType<MqttClaim.Taken>();
        await _third.Claims.FreeAsync("a", Guid.NewGuid(), CancellationToken.None);
        (await _first.TryAsync("a", isFirst: false)).ShouldBe(MqttClaim.Superseded.Instance);
        (await _third.Claims.KeepAsync("a", CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Nobody_takes_or_asks_for_what_is_somebody_elses()
    {
        await _first.TryAsync("a");
        (await _second.Claims.TryClaimAsync("a", "gateway:b", isFirst: true, CancellationToken.None)).ShouldBe(MqttClaim.Others.Instance);
        (await _first.Claims.ListWantedAsync(CancellationToken.None)).ShouldBeEmpty();
        await _second.TryAsync("a");
        await _second.Claims.WantNoMoreAsync("a", CancellationToken.None);
        (await _first.Claims.ListWantedAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_node_that_has_lost_a_session_writes_nothing_of_it_and_all_of_the_others()
    {
        await _first.TryAsync("a");
        await _first.TryAsync("b");
        await _first.SaveAsync(changes =>
        {
            changes.Save(Session("a"));
            changes.Save(Message("a", 1));
            changes.Save(Session("b"));
        });
        await _first.EndAsync();
        (await _second.TryAsync("a")).ShouldBeOfType<MqttClaim.Taken>();
        await _second.SaveAsync(changes => changes.Save(Message("a", 2)));

        // It was only cut off, and is back.
        (await _first.SaveAsync(changes =>
        {
            changes.Save(Session("a") with { LeftAt = DateTimeOffset.UnixEpoch });
            changes.Save(Message("a", 2) with { State = 3 });
            changes.RemoveMessage("a", 1);
            changes.SaveInbound("a", 1);
            changes.Save(Message("b", 1));
        })).ShouldBe(["a"]);
        (await _first.SaveAsync(changes => changes.RemoveSession("a"))).ShouldBe(["a"]);
        MqttWholeSession kept = (await _second.Sessions.FindAsync("a", CancellationToken.None))!;
        kept.Messages.Select(message => (message.Number, message.State)).ShouldBe([(1L, (byte)0), (2L, (byte)0)]);
        (kept.Session.LeftAt, kept.InboundIdentifiers.Count).ShouldBe((null, 0));
        (await _second.Sessions.FindAsync("b", CancellationToken.None))!.Messages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_session_that_another_node_has_ended_does_not_come_back()
    {
        await _first.TryAsync("a");
        await _first.SaveAsync(changes => changes.Save(Session("a")));
        await _first.EndAsync();
        await _second.TryAsync("a");
        await _second.SaveAsync(changes => changes.RemoveSession("a"));
        (await _first.SaveAsync(changes =>
        {
            changes.Save(Session("a") with { LeftAt = DateTimeOffset.UnixEpoch });
            changes.Save(Message("a", 1));
        })).ShouldBe(["a"]);
        (await _first.SaveAsync(changes => changes.Save(Message("a", 1)))).ShouldBeEmpty("there is nothing it could be beside");
        (await _first.Sessions.FindAsync("a", CancellationToken.None)).ShouldBeNull();

        (await _first.SaveAsync(changes =>
        {
            changes.RemoveSession("a");
            changes.Save(Session("a"));
            changes.Save(Message("a", 7));
        })).ShouldBeEmpty("one that begins may be made");
        (await _second.TryAsync("a")).ShouldBeOfType<MqttClaim.Taken>("its node is gone");
    }

    [Fact]
    public async Task The_sessions_of_a_node_that_is_gone_are_adopted_once_and_those_of_one_that_is_there_are_not()
    {
        for (int i = 0; i < 450; i++) await _first.TryAsync($"a-{i}");
        await _second.TryAsync("b");
        await _third.TryAsync("a-7");
        (await _third.Claims.ListHoldersAsync(CancellationToken.None)).ShouldBe([_first.Id, _second.Id], ignoreOrder: true);
        (await _third.Nodes.IsGoneAsync(_first.Id, CancellationToken.None)).ShouldBeFalse();
        await _first.EndAsync();
        (await _third.Nodes.IsGoneAsync(_first.Id, CancellationToken.None)).ShouldBeTrue();

        string[][] adopted = await Task.WhenAll(AdoptAllAsync(_second), AdoptAllAsync(_third));
        adopted.SelectMany(clients => clients).Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, 450).Select(i => $"a-{i}").Order(StringComparer.Ordinal));
        (await _database.ScalarAsync<long>("SELECT count(*) FROM mqtt_session WHERE left_at IS NULL")).ShouldBe(1, "their clients have left, as far as anybody knows");
        (await _third.TryAsync("a-7", isFirst: false)).ShouldNotBe(MqttClaim.Superseded.Instance, "who waits still does");
    }

    [Fact]
    public async Task What_nobody_has_is_adopted_after_a_while_and_what_a_single_process_left_at_once()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        MqttSessionChanges single = new();
        single.Save(Session("crashed"));
        single.Save(Session("left") with { LeftAt = now.AddHours(-1) });
        single.Save(Session("just-left") with { LeftAt = now });
        await new MqttSessionStore(new StepCloudDatabase(_database.Source, TimeProvider.System), new ThisNode(Guid.NewGuid(), IsOneOfMany: false))
            .SaveAsync(single, CancellationToken.None);
        await _first.TryAsync("stopped");
        await _first.Claims.FreeAllAsync(CancellationToken.None);

        IReadOnlyList<MqttWholeSession> adopted = await _second.Claims.AdoptFreeAsync(now.AddSeconds(-15), CancellationToken.None);
        adopted.Select(whole => whole.Session.ClientId).ShouldBe(["crashed", "left"]);
        adopted[0].Session.LeftAt.ShouldNotBeNull();
        adopted[1].Session.LeftAt!.Value.ShouldBe(now.AddHours(-1), TimeSpan.FromMilliseconds(1));
        (await _third.TryAsync("stopped")).ShouldBeOfType<MqttClaim.Taken>();
    }

    [Fact]
    public async Task The_nodes_that_are_meant_are_told()
    {
        await using NpgsqlConnection connection = new(_database.ConnectionString);
        await connection.OpenAsync();
        await using (NpgsqlCommand listen = new($"LISTEN {NoticeListener.ChannelName}", connection)) await listen.ExecuteNonQueryAsync();
        List<Notice> heard = [];
        connection.Notification += (_, args) => heard.Add(Notice.TryParse(args.Payload)!.Value);
        Guid gateway = Guid.NewGuid();
        await _first.TryAsync("a");
        await _second.TryAsync("a");
        await _first.Claims.FreeAsync("a", gateway, CancellationToken.None);
        MqttRetainedStore retained = new(_first.Database, _first.Self);
        byte[] payload = [1];
        MqttMessageContent Content(string topic) => new(topic, payload, new byte[] { 0 }, 1, true, null);
        string status = $"sc/1/{gateway}/status";
        await retained.SaveAsync(new Dictionary<string, MqttMessageContent?> { [status] = Content(status), ["other"] = Content("other") }, CancellationToken.None);
        while (heard.Count < 4) await connection.WaitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        heard.ShouldBe(
            [
                new Notice(Notice.MqttSessionWanted, _first.Id), new Notice(Notice.MqttSessionFree, gateway),
                new Notice(Notice.RetainedChanged, gateway), new Notice(Notice.RetainedChanged, Guid.Empty),
            ],
            ignoreOrder: true);
        (await retained.ListAsync([gateway, Guid.NewGuid()], CancellationToken.None)).ShouldHaveSingleItem().Topic.ShouldBe(status);
    }

    private async Task<string[]> AdoptAllAsync(TestNode node)
    {
        List<string> adopted = [];
        while (await node.Claims.AdoptAsync(_first.Id, CancellationToken.None) is { Count: > 0 } some) adopted.AddRange(some.Select(whole => whole.Session.ClientId));
        return [.. adopted];
    }

    private static MqttSessionRow Session(string client) => new(client, Owner, TimeSpan.FromDays(1), null, null);

    private static MqttMessageRow Message(string client, long number) =>
        new(client, number, new MqttMessageContent("t", new byte[] { 1 }, new byte[] { 0 }, 1, false, null), 1, false, [], 0);

    /// <summary>A process of a cluster, as far as the database sees it.</summary>
    private sealed class TestNode : IAsyncDisposable
    {
        private ActorOwnership _ownership = null!;

        private TestNode(TestDatabase database)
        {
            // It has held its lock for a while.
            NodePresence presence = new() { HeldSince = DateTimeOffset.UtcNow.AddMinutes(-1) };
            Database = new StepCloudDatabase(database.Source, TimeProvider.System);
            Nodes = new ClusterNodes(Database, Self, presence, TimeProvider.System);
            Claims = new MqttSessionClaims(Database, Self, Nodes, TimeProvider.System);
            Sessions = new MqttSessionStore(Database, Self);
        }

        public ThisNode Self { get; } = new(Guid.NewGuid(), IsOneOfMany: true);

        public Guid Id => Self.Id;

        public StepCloudDatabase Database { get; }

        public ClusterNodes Nodes { get; }

        public MqttSessionClaims Claims { get; }

        public MqttSessionStore Sessions { get; }

        public static async Task<TestNode> StartAsync(TestDatabase database)
        {
            TestNode node = new(database);
            node._ownership = (await ActorOwnership.TryTakeAsync(
                database.ConnectionString, node.Self, new NodePresence(), TimeSpan.Zero, TimeProvider.System, NullLogger<ActorOwnership>.Instance,
                CancellationToken.None)).ShouldNotBeNull();
            return node;
        }

        public Task<MqttClaim> TryAsync(string client, bool isFirst = true) => Claims.TryClaimAsync(client, Owner, isFirst, CancellationToken.None);

        public Task<IReadOnlyCollection<string>> SaveAsync(Action<MqttSessionChanges> change)
        {
            MqttSessionChanges changes = new();
            change(changes);
            return Sessions.SaveAsync(changes, CancellationToken.None);
        }

        /// <summary>Its lock is held no more, however that came; what it does afterwards, it does all the same.</summary>
        public async Task EndAsync()
        {
            await _ownership.DisposeAsync();
            await Eventually.HoldsAsync(() => Database.ScalarAsync<bool>(new Sql("SELECT cluster_node_is_gone($1)", Id), CancellationToken.None), "it is gone");
        }

        public ValueTask DisposeAsync() => _ownership.DisposeAsync();
    }
}
