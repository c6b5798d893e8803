using System.Runtime.CompilerServices;
using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>Several servers on one store: what each does when another has the session.</summary>
public sealed class SharedStoreTests
{
    private static readonly Subscription ToA = new("a", QualityOfService.AtLeastOnce);

    private static readonly ConnectPacket WithWill = new() { Will = new Will { Topic = "status", Payload = "gone"u8.ToArray() } };

    private static MqttMessage Message(string payload) =>
        new() { Topic = "a", Payload = System.Text.Encoding.UTF8.GetBytes(payload), Qos = QualityOfService.AtLeastOnce };

    [Fact]
    public async Task A_session_that_is_given_up_ends_its_connection_and_goes_on_elsewhere_with_all_that_waited()
    {
        var store = new MemorySessionStore { LoadsAtStart = false, IsShared = true };
        await using var here = await TestServer.StartAsync(sessions: store);
        await using var there = await TestServer.StartAsync(sessions: store);
        var client = await here.ConnectAsync("one", expiry: 100);
        await client.SubscribeAsync(ToA);
        await here.Server.PublishAsync(Message("x"));
        ushort identifier = (await client.ExpectPublishAsync("x")).PacketIdentifier;
        (await here.Server.GiveUpSessionAsync("one", CancellationToken.None)).ShouldBeTrue();
        await client.ExpectDisconnectAsync(ReasonCode.SessionTakenOver);
        (here.Server.SessionCount, here.Server.SubscriptionCount).ShouldBe((0, 0));

        var (back, answer) = await there.ConnectWithAnswerAsync("one", clean: false, expiry: 100);
        answer.SessionPresent.ShouldBeTrue();
        var again = await back.ExpectPublishAsync("x");
        (again.Dup, again.PacketIdentifier).ShouldBe((true, identifier));
    }

    [Fact]
    public async Task What_the_application_has_of_a_client_is_done_before_the_client_is_given_up()
    {
        var store = new MemorySessionStore { LoadsAtStart = false, IsShared = true };
        await using var server = await TestServer.StartAsync(sessions: store);
        TaskCompletionSource commit = new();
        server.Application.OnAccept = _ => commit.Task;
        var client = await server.ConnectAsync("one", expiry: 100);
        await client.PublishAsync("b", "x", 1, 1);
        await Eventually.BeAsync(() => !server.Application.Seen.IsEmpty, "the application has it");
        Task<bool> givenUp = server.Server.GiveUpSessionAsync("one", CancellationToken.None);
        await client.ExpectDisconnectAsync(ReasonCode.SessionTakenOver);
        givenUp.IsCompleted.ShouldBeFalse();
        using CancellationTokenSource enough = new(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(() => server.Server.GiveUpSessionAsync("one", enough.Token));
        commit.SetResult();
        (await givenUp).ShouldBeTrue();
    }

    [Fact]
    public async Task Of_a_session_that_another_server_has_taken_nothing_is_stored_or_published_and_its_connection_ends()
    {
        var store = new MemorySessionStore { LoadsAtStart = false, IsShared = true };
        await using var server = await TestServer.StartAsync(sessions: store);
        var watcher = await server.ConnectAsync("watcher");
        await watcher.SubscribeAsync(new Subscription("status", QualityOfService.AtMostOnce));
        var client = await server.ConnectAsync("one", expiry: 100, with: WithWill);
        await client.SubscribeAsync(ToA);

        store.Lost.Add("one");
        await server.Server.PublishAsync(Message("x"));
        await client.ExpectDisconnectAsync(ReasonCode.SessionTakenOver);
        server.Application.DroppedMessages.ShouldBe([("one", "a", DropReason.SessionEnded)]);
        await Eventually.BeAsync(() => server.Server.SessionCount == 1, "nothing is left of it here");
        store.Sessions["one"].ShouldSatisfyAllConditions(kept => kept.Messages.ShouldBeEmpty(), kept => kept.Header.LeftAt.ShouldBeNull());
        server.Server.SubscriptionCount.ShouldBe(1);
        await watcher.ExpectQuietAsync();
    }

    [Fact]
    public async Task A_Will_that_is_due_is_published_only_if_the_session_is_still_this_servers()
    {
        var store = new MemorySessionStore { LoadsAtStart = false, IsShared = true };
        await using var server = await TestServer.StartAsync(sessions: store);
        var client = await server.ConnectAsync("one", expiry: 100, with: WithWill);
        await server.ConnectAsync("two", expiry: 100, with: WithWill);
        store.Lost.Add("one");
        await client.DisposeAsync();
        await Eventually.BeAsync(() => server.Application.DisconnectedClients.Any(gone => gone.Client == "one"), "it is gone");
        server.Server.Disconnect("two", ReasonCode.AdministrativeAction);
        await Eventually.BeAsync(() => !server.Application.Seen.IsEmpty, "the other's Will comes");
        await Task.Delay(100);
        server.Application.Seen.Select(seen => seen.Client).ShouldBe(["two"]);
    }

    [Fact]
    public async Task What_was_in_memory_gives_way_to_what_is_stored()
    {
        var store = new MemorySessionStore { LoadsAtStart = false, IsShared = true };
        await using var server = await TestServer.StartAsync(sessions: store);
        var client = await server.ConnectAsync("one", expiry: 100);
        await client.SubscribeAsync(ToA);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 0, "it is away");

        // Another server had it meanwhile, and its client has ended it there.
        store.OnClaim = (_, _) => Task.FromResult<SessionClaim?>(SessionClaim.AsStored.None);
        var (_, answer) = await server.ConnectWithAnswerAsync("one", clean: false, expiry: 100);
        answer.SessionPresent.ShouldBeFalse();
        server.Server.SubscriptionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_that_is_not_given_up_in_time_makes_the_server_busy_and_the_next_try_may_have_it()
    {
        var store = new MemorySessionStore { LoadsAtStart = false, IsShared = true };
        await using var server = await TestServer.StartAsync(options => options.ConnectTimeout = TimeSpan.FromSeconds(1.5), sessions: store);
        store.OnClaim = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return null;
        };
        (await server.ConnectWithAnswerAsync("one", expiry: 100)).Answer.ReasonCode.ShouldBe(ReasonCode.ServerBusy);
        store.OnClaim = (_, _) => Task.FromResult<SessionClaim?>(new SessionClaim.Refused(ReasonCode.SessionTakenOver));
        (await server.ConnectWithAnswerAsync("one", expiry: 100)).Answer.ReasonCode.IsFailure().ShouldBeTrue();
        await Eventually.BeAsync(() => server.Server.SessionCount == 0, "nothing is left of those who were refused");
        store.OnClaim = null;
        await server.ConnectAsync("one", expiry: 100);
    }

    [Fact]
    public async Task Sessions_that_are_added_queue_messages_and_publish_their_Wills_as_after_a_start()
    {
        var store = new MemorySessionStore { LoadsAtStart = false, IsShared = true };
        var gone = await TestServer.StartAsync(sessions: store);
        await using (gone)
        {
            await (await gone.ConnectAsync("one", expiry: 100, with: WithWill)).SubscribeAsync(ToA);
            store.Freeze();
        }

        store.Thaw();
        await using var server = await TestServer.StartAsync(sessions: store);
        StoredSession[] left = [.. store.Sessions.Values.Select(kept => kept.ToStored())];
        server.Server.AddSessions(left);
        server.Server.AddSessions(left);
        server.Server.StoredSessions.ShouldBe(["one"]);
        (await server.Server.PublishAsync(Message("x"))).ShouldBe(1);
        await Eventually.BeAsync(() => server.Application.Seen.Count == 1, "its Will is published");
        var back = await server.ConnectAsync("one", clean: false, expiry: 100);
        await back.ExpectPublishAsync("x");
        server.Application.Seen.Count.ShouldBe(1);
        server.Server.LoseSessions(["one", "nobody"]);
        await back.ExpectDisconnectAsync(ReasonCode.SessionTakenOver);
    }

    [Fact]
    public async Task Retained_messages_of_others_come_into_memory_and_to_subscribers_and_are_not_stored_again()
    {
        var store = new SharedRetained();
        await using var server = await TestServer.StartAsync(retained: store);
        var watcher = await server.ConnectAsync("watcher");
        await watcher.SubscribeAsync(new Subscription("s/#", QualityOfService.AtLeastOnce) { RetainAsPublished = true });
        store.Put("s/1", "one");
        store.Put("s/2", "two");
        (await server.Server.RefreshRetainedAsync(["s/#"], store.ReadAsync)).ShouldBe(2);
        (await ReadAsync(watcher), await ReadAsync(watcher)).ShouldBe((("s/1", "one", true), ("s/2", "two", true)));
        (await server.Server.RefreshRetainedAsync(["#"], store.ReadAsync)).ShouldBe(0, "nothing has changed");

        store.Put("s/2", "");
        (await server.Server.RefreshRetainedAsync(["s/2"], async () => [.. (await store.ReadAsync()).Where(message => message.Topic == "s/2")])).ShouldBe(1);
        (await ReadAsync(watcher)).ShouldBe(("s/2", "", true));
        (server.Server.RetainedCount, store.Saves).ShouldBe((1, 0));
        await watcher.ExpectQuietAsync();
    }

    [Fact]
    public async Task What_is_published_here_while_the_store_is_read_stands()
    {
        var store = new SharedRetained();
        await using var server = await TestServer.StartAsync(retained: store);
        store.Put("s/1", "old");
        TaskCompletionSource read = new();
        Task<int> refresh = server.Server.RefreshRetainedAsync(["s/#"], async () =>
        {
            var found = await store.ReadAsync();
            await read.Task;
            return found;
        });
        await server.Server.PublishAsync(new MqttMessage { Topic = "s/1", Payload = "new"u8.ToArray(), Retain = true });
        read.SetResult();
        (await refresh).ShouldBe(0);
        var watcher = await server.ConnectAsync("watcher");
        await watcher.SubscribeAsync(new Subscription("s/#", QualityOfService.AtMostOnce));
        await watcher.ExpectPublishAsync("new");
    }

    [Fact]
    public async Task One_that_has_expired_is_not_deleted_from_a_store_in_which_there_may_be_a_newer_one()
    {
        var store = new SharedRetained();
        await using var server = await TestServer.StartAsync(retained: store);
        await server.Server.PublishAsync(new MqttMessage
        {
            Topic = "s/1", Payload = "old"u8.ToArray(), Retain = true, ExpiresAt = TimeProvider.System.GetUtcNow().AddMilliseconds(50),
        });
        await Task.Delay(100);
        int saves = store.Saves;
        var watcher = await server.ConnectAsync("watcher");
        await watcher.SubscribeAsync(new Subscription("s/#", QualityOfService.AtMostOnce));
        await watcher.ExpectQuietAsync();
        (server.Server.RetainedCount, store.Saves).ShouldBe((0, saves));
    }

    private static async Task<(string Topic, string Payload, bool Retain)> ReadAsync(RawClient client)
    {
        var publish = await client.ExpectPublishAsync();
        await client.AckAsync(ControlPacketType.PubAck, publish.PacketIdentifier);
        return (System.Text.Encoding.UTF8.GetString(publish.Topic.Span), RawClient.Text(publish), publish.Retain);
    }

    private sealed class SharedRetained : IRetainedStore
    {
        private readonly SortedDictionary<string, MqttMessage> _messages = new(StringComparer.Ordinal);

        public bool IsShared => true;

        public int Saves { get; private set; }

        /// <summary>As another server does it.</summary>
        public void Put(string topic, string payload)
        {
            if (payload.Length == 0) _messages.Remove(topic);
            else _messages[topic] = new MqttMessage { Topic = topic, Payload = System.Text.Encoding.UTF8.GetBytes(payload), Qos = QualityOfService.AtLeastOnce, Retain = true };
        }

        public Task<IReadOnlyList<MqttMessage>> ReadAsync() => Task.FromResult<IReadOnlyList<MqttMessage>>([.. _messages.Values]);

        public async IAsyncEnumerable<MqttMessage> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var message in _messages.Values) yield return message;
        }

        public ValueTask SaveAsync(IReadOnlyList<RetainedChange> changes, CancellationToken cancellationToken)
        {
            Saves++;
            foreach (var (topic, message) in changes)
            {
                if (message is null) _messages.Remove(topic);
                else _messages[topic] = message;
            }

            return default;
        }
    }
}
