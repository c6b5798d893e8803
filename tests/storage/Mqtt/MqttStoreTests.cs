using Shouldly;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class MqttStoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset LeftAt = new(2026, 11, 21, 7, 0, 0, TimeSpan.Zero);

    private static readonly ThisNode Alone = new(Guid.NewGuid(), IsOneOfMany: false);

    private TestDatabase _database = null!;

    private MqttSessionStore Sessions => new(new StepCloudDatabase(_database.Source, TimeProvider.System), Alone);

    private MqttRetainedStore Retained => new(new StepCloudDatabase(_database.Source, TimeProvider.System), Alone);

    public async Task InitializeAsync() => _database = await TestPostgres.CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_session_comes_back_as_it_was_saved()
    {
        MqttWillRow will = new("sc/1/a/status", new byte[] { 0, 1, 255 }, 1, true, uint.MaxValue, 7, new byte[] { 1, 1 });
        await SaveAsync(changes =>
        {
            changes.Save(Session("a") with { Will = will, LeftAt = LeftAt });
            changes.Save(new MqttSubscriptionRow("a", "sc/1/a/#", 2, true, false, 1, 268_435_455));
            changes.Save(Message("a", 2, 3));
            changes.Save(Message("a", 1, 0) with { SubscriptionIdentifiers = [7, uint.MaxValue] });
            changes.SaveInbound("a", ushort.MaxValue);
            changes.Save(Session("b"));
        });

        List<MqttWholeSession> all = await ToListAsync(Sessions.LoadAllAsync(CancellationToken.None));
        all.Select(whole => whole.Session.ClientId).ShouldBe(["a", "b"]);
        MqttWholeSession a = all[0];
        (a.Session.OwnerKey, a.Session.Expiry, a.Session.LeftAt).ShouldBe(("gateway:a", TimeSpan.FromDays(1), LeftAt));
        MqttWillRow stored = a.Session.Will!;
        (stored.Topic, stored.Qos, stored.Retain, stored.DelaySeconds, stored.ExpirySeconds).ShouldBe(("sc/1/a/status", (byte)1, true, uint.MaxValue, 7u));
        stored.Payload.ToArray().ShouldBe([0, 1, 255]);
        stored.Properties.ToArray().ShouldBe([1, 1]);
        a.Subscriptions.ShouldBe([new MqttSubscriptionRow("a", "sc/1/a/#", 2, true, false, 1, 268_435_455)]);
        a.Messages.Select(message => (message.Number, message.State)).ShouldBe([(1L, (byte)0), (2L, (byte)3)]);
        a.Messages[0].SubscriptionIdentifiers.ShouldBe([7, uint.MaxValue]);
        a.Messages[0].Content.Payload.ToArray().ShouldBe("payload"u8.ToArray());
        a.Messages[0].Content.ExpiresAt.ShouldBe(LeftAt);
        a.InboundIdentifiers.ShouldBe([ushort.MaxValue]);
        (all[1].Session.Will, all[1].Session.LeftAt).ShouldBe((null, null));
        (await Sessions.FindAsync("a", CancellationToken.None))!.Messages.Count.ShouldBe(2);
        (await Sessions.FindAsync("c", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Later_changes_win_over_earlier_ones_in_one_call_and_in_the_next()
    {
        await SaveAsync(changes =>
        {
            changes.Save(Session("a"));
            changes.Save(Message("a", 1, 0));
            changes.MoveMessage("a", 1, 1);
            changes.Save(Message("a", 2, 0));
            changes.RemoveMessage("a", 2);
            changes.Save(Message("a", 3, 0));
            changes.Save(new MqttSubscriptionRow("a", "x", 1, false, false, 0, 0));
            changes.SaveInbound("a", 5);
        });
        await SaveAsync(changes =>
        {
            changes.MoveMessage("a", 1, 2);
            changes.RemoveMessage("a", 3);
            changes.Save(new MqttSubscriptionRow("a", "x", 2, false, false, 0, 0));
            changes.Save(new MqttSubscriptionRow("a", "y", 1, false, false, 0, 0));
            changes.RemoveSubscription("a", "y");
            changes.RemoveInbound("a", 5);
        });

        MqttWholeSession whole = (await Sessions.FindAsync("a", CancellationToken.None))!;
        whole.Messages.Select(message => (message.Number, message.State)).ShouldBe([(1L, (byte)2)]);
        whole.Subscriptions.ShouldHaveSingleItem().MaximumQos.ShouldBe((byte)2);
        whole.InboundIdentifiers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_that_ends_and_begins_again_in_one_call_has_nothing_of_the_first()
    {
        await SaveAsync(changes =>
        {
            changes.Save(Session("a"));
            changes.Save(Message("a", 1, 0));
            changes.Save(Message("a", 2, 0));
        });
        MqttSessionChanges again = new();
        again.Save(Message("a", 3, 0));
        again.RemoveSession("a");
        again.Save(Session("a") with { OwnerKey = "gateway:second" });
        again.Save(Message("a", 1, 1));
        // Twice: a commit whose answer was lost is tried again.
        await Sessions.SaveAsync(again, CancellationToken.None);
        await Sessions.SaveAsync(again, CancellationToken.None);

        MqttWholeSession whole = (await Sessions.FindAsync("a", CancellationToken.None))!;
        whole.Session.OwnerKey.ShouldBe("gateway:second");
        whole.Messages.ShouldHaveSingleItem().State.ShouldBe((byte)1);
    }

    [Fact]
    public async Task A_call_that_fails_stores_nothing_and_can_be_tried_again()
    {
        await _database.ExecuteAsync("ALTER TABLE mqtt_inbound ADD CONSTRAINT broken CHECK (packet_identifier <> 5)");
        MqttSessionChanges changes = new();
        changes.Save(Session("a"));
        changes.Save(Message("a", 1, 0));
        changes.SaveInbound("a", 5);
        await Should.ThrowAsync<StorageException>(() => Sessions.SaveAsync(changes, CancellationToken.None));
        (await Sessions.FindAsync("a", CancellationToken.None)).ShouldBeNull();

        await _database.ExecuteAsync("ALTER TABLE mqtt_inbound DROP CONSTRAINT broken");
        await Sessions.SaveAsync(changes, CancellationToken.None);
        (await Sessions.FindAsync("a", CancellationToken.None))!.InboundIdentifiers.ShouldBe([(ushort)5]);
    }

    [Fact]
    public async Task What_comes_too_late_for_a_session_that_has_ended_stops_nobody_else()
    {
        await SaveAsync(changes =>
        {
            changes.Save(Session("b"));
            changes.Save(Message("a", 1, 0));
            changes.Save(new MqttSubscriptionRow("a", "x", 1, false, false, 0, 0));
            changes.SaveInbound("a", 1);
            changes.MoveMessage("a", 2, 1);
            changes.RemoveMessage("a", 3);
        });
        (await ToListAsync(Sessions.LoadAllAsync(CancellationToken.None))).ShouldHaveSingleItem().Session.ClientId.ShouldBe("b");
    }

    [Fact]
    public async Task More_sessions_than_a_page_holds_come_back_once_each()
    {
        await SaveAsync(changes =>
        {
            for (int i = 0; i < 450; i++) changes.Save(Session($"client-{i}"));
        });
        List<MqttWholeSession> all = await ToListAsync(Sessions.LoadAllAsync(CancellationToken.None));
        all.Select(whole => whole.Session.ClientId).Distinct().Count().ShouldBe(450);
        all.Count.ShouldBe(450);
    }

    [Fact]
    public async Task Retained_messages_are_replaced_and_forgotten_by_topic()
    {
        await Retained.SaveAsync(new Dictionary<string, MqttMessageContent?> { ["a"] = Content("a", "1"), ["b"] = Content("b", "1") }, CancellationToken.None);
        await Retained.SaveAsync(new Dictionary<string, MqttMessageContent?> { ["a"] = Content("a", "2"), ["b"] = null }, CancellationToken.None);
        MqttMessageContent kept = (await ToListAsync(Retained.LoadAllAsync(CancellationToken.None))).ShouldHaveSingleItem();
        (kept.Topic, kept.Qos, kept.Retain, kept.ExpiresAt).ShouldBe(("a", (byte)1, true, LeftAt));
        kept.Payload.ToArray().ShouldBe("2"u8.ToArray());
    }

    private static MqttSessionRow Session(string client) => new(client, $"gateway:{client}", TimeSpan.FromDays(1), null, null);

    private static MqttMessageRow Message(string client, long number, byte state) => new(client, number, Content("t", "payload"), 1, false, [], state);

    private static MqttMessageContent Content(string topic, string payload) =>
        new(topic, System.Text.Encoding.UTF8.GetBytes(payload), new byte[] { 1, 1 }, 1, true, LeftAt);

    private static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        List<T> list = [];
        await foreach (T item in items) list.Add(item);
        return list;
    }

    private async Task SaveAsync(Action<MqttSessionChanges> change)
    {
        MqttSessionChanges changes = new();
        change(changes);
        await Sessions.SaveAsync(changes, CancellationToken.None);
    }
}
