using System.Runtime.CompilerServices;
using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class StoreTests
{
    private static readonly Subscription ToA = new("a", QualityOfService.ExactlyOnce);

    private static MqttMessage Message(string payload, byte qos = 1) => new() { Topic = "a", Payload = System.Text.Encoding.UTF8.GetBytes(payload), Qos = (QualityOfService)qos };

    [Fact]
    public async Task A_stored_session_survives_the_server_with_its_subscriptions_and_messages()
    {
        var store = new MemorySessionStore();
        ushort received, released;
        var server = await TestServer.StartAsync(sessions: store);
        await using (server)
        {
            var client = await server.ConnectAsync("one", expiry: 100);
            await client.SubscribeAsync(7, ToA);
            await server.Server.PublishAsync(Message("acknowledged"));
            await client.AckAsync(ControlPacketType.PubAck, (await client.ExpectPublishAsync("acknowledged")).PacketIdentifier);
            await server.Server.PublishAsync(Message("sent"));
            received = (await client.ExpectPublishAsync("sent")).PacketIdentifier;
            await server.Server.PublishAsync(Message("released", 2));
            released = (await client.ExpectPublishAsync("released")).PacketIdentifier;
            await client.AckAsync(ControlPacketType.PubRec, released);
            await client.ExpectAckAsync(ControlPacketType.PubRel);
            await client.PublishAsync("b", "mine", 2, 5);
            await client.ExpectAckAsync(ControlPacketType.PubRec);
        }

        await using var next = await TestServer.StartAsync(sessions: store);
        next.Server.SessionCount.ShouldBe(1);
        (await next.Server.PublishAsync(Message("queued"))).ShouldBe(1, "messages queue for a client that is not back yet");
        var (back, answer) = await next.ConnectWithAnswerAsync("one", clean: false, expiry: 100);
        answer.SessionPresent.ShouldBeTrue();
        var again = await back.ExpectPublishAsync("sent");
        (again.Dup, again.PacketIdentifier, again.SubscriptionIdentifiers.Span[0]).ShouldBe((true, received, 7u));
        (await back.ExpectAckAsync(ControlPacketType.PubRel)).PacketIdentifier.ShouldBe(released);
        (await back.ExpectPublishAsync("queued")).Dup.ShouldBeFalse();
        await back.PublishAsync("b", "mine", 2, 5, dup: true);
        (await back.ExpectAckAsync(ControlPacketType.PubRec)).ReasonCode.ShouldBe(ReasonCode.Success);
        next.Application.Seen.ShouldBeEmpty("the message was accepted before the restart");
    }

    [Fact]
    public async Task A_session_that_is_not_in_memory_is_loaded_at_CONNECT()
    {
        var store = new MemorySessionStore { LoadsAtStart = false };
        await using (var server = await TestServer.StartAsync(sessions: store))
            await (await server.ConnectAsync("one", expiry: 100)).SubscribeAsync(ToA);
        await using var next = await TestServer.StartAsync(sessions: store);
        next.Server.SessionCount.ShouldBe(0);
        var (client, answer) = await next.ConnectWithAnswerAsync("one", clean: false, expiry: 100);
        answer.SessionPresent.ShouldBeTrue();
        await next.Server.PublishAsync(Message("x"));
        await client.ExpectPublishAsync("x");
    }

    [Fact]
    public async Task Another_identity_does_not_get_a_session_out_of_the_store()
    {
        var store = new MemorySessionStore { LoadsAtStart = false };
        await using (var server = await TestServer.StartAsync(sessions: store)) await server.ConnectAsync("one", expiry: 100);
        await using var next = await TestServer.StartAsync(sessions: store);
        next.Application.OnAuthenticate = _ => new AuthenticationOutcome.Accepted(new TestIdentity("mallory"));
        (await next.ConnectWithAnswerAsync("one", clean: false)).Answer.ReasonCode.ShouldBe(ReasonCode.ClientIdentifierNotValid);
        store.Sessions.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_clean_start_and_an_ended_session_leave_nothing_in_the_store()
    {
        var store = new MemorySessionStore();
        await using var server = await TestServer.StartAsync(sessions: store);
        var client = await server.ConnectAsync("one", expiry: 100);
        await client.SubscribeAsync(ToA);
        await server.Server.PublishAsync(Message("x"));
        await client.DisposeAsync();
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 0, "the client is away");
        client = await server.ConnectAsync("one", clean: true, expiry: 1);
        store.Sessions.Single().Value.ShouldSatisfyAllConditions(s => s.Messages.ShouldBeEmpty(), s => s.Subscriptions.ShouldBeEmpty());
        await client.DisposeAsync();
        await Eventually.BeAsync(() => store.Sessions.IsEmpty, "the session has expired");
    }

    [Fact]
    public async Task Sessions_that_are_not_chosen_or_end_with_their_connection_are_not_stored()
    {
        var store = new MemorySessionStore { Chooses = id => id != "other" };
        await using var server = await TestServer.StartAsync(sessions: store);
        await server.ConnectAsync("other", expiry: 100);
        await server.ConnectAsync("short");
        await server.ConnectAsync("kept", expiry: 100);
        store.Sessions.Keys.ShouldBe(["kept"]);
    }

    [Fact]
    public async Task A_session_that_ends_with_its_connection_is_stored_for_its_Will_and_a_crash_publishes_it()
    {
        var store = new MemorySessionStore();
        await using var server = await TestServer.StartAsync(sessions: store);
        var will = new Will { Topic = "status", Payload = "gone"u8.ToArray(), Retain = true };
        await server.ConnectAsync("one", with: new ConnectPacket { Will = will });
        store.Sessions.ShouldHaveSingleItem().Value.Header.Will.ShouldNotBeNull();

        // The second server finds what a crash of the first would have left.
        await using var next = await TestServer.StartAsync(sessions: store);
        for (int i = 0; i < 500 && next.Server.RetainedCount == 0; i++) await Task.Delay(20);
        next.Server.RetainedCount.ShouldBe(1);
        next.Server.SessionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_server_that_stops_has_published_and_stored_the_Wills_of_its_clients()
    {
        var retained = new MemoryRetainedStore();
        await using (var server = await TestServer.StartAsync(sessions: new MemorySessionStore(), retained: retained))
        {
            server.Application.OnAccept = _ => Task.Delay(300);
            await server.ConnectAsync("one", with: new ConnectPacket { Will = new Will { Topic = "status", Payload = "gone"u8.ToArray(), Retain = true } });
            await server.Server.DisposeAsync();
        }

        await using var next = await TestServer.StartAsync(retained: retained);
        next.Server.RetainedCount.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_sent_or_acknowledged_before_it_is_stored()
    {
        var store = new MemorySessionStore();
        await using var server = await TestServer.StartAsync(sessions: store);
        var subscriber = await server.ConnectAsync("sub", expiry: 100);
        await subscriber.SubscribeAsync(ToA);
        var publisher = await server.ConnectAsync("pub");
        store.Gate = new TaskCompletionSource();
        await publisher.PublishAsync("a", "x", 1, 1);
        await publisher.ExpectQuietAsync();
        await subscriber.ExpectQuietAsync();
        store.Gate.SetResult();
        await publisher.ExpectAckAsync(ControlPacketType.PubAck);
        await subscriber.ExpectPublishAsync("x");
    }

    [Fact]
    public async Task A_store_that_fails_for_a_while_loses_nothing()
    {
        var store = new MemorySessionStore();
        await using var server = await TestServer.StartAsync(sessions: store);
        var subscriber = await server.ConnectAsync("sub", expiry: 100);
        await subscriber.SubscribeAsync(ToA);
        store.FailuresLeft = 1;
        (await server.Server.PublishAsync(Message("x"))).ShouldBe(1);
        store.FailuresLeft.ShouldBe(0);
        await subscriber.ExpectPublishAsync("x");
        store.Sessions["sub"].Messages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_Will_is_published_after_a_crash_when_its_client_does_not_come_back()
    {
        var store = new MemorySessionStore();
        await using (var server = await TestServer.StartAsync(sessions: store))
        {
            await server.ConnectAsync("one", expiry: 100, with: new ConnectPacket { Will = new Will { Topic = "status", Payload = "gone"u8.ToArray(), DelayInterval = 1 } });
            store.Freeze(); // what a crash leaves
        }

        store.Thaw();
        await using var next = await TestServer.StartAsync(sessions: store);
        var watcher = await next.ConnectAsync("watcher");
        await watcher.SubscribeAsync(new Subscription("status", QualityOfService.AtMostOnce));
        await watcher.ExpectPublishAsync("gone");
    }

    [Fact]
    public async Task A_session_let_go_is_another_servers()
    {
        var store = new MemorySessionStore { LoadsAtStart = false };
        await using var here = await TestServer.StartAsync(sessions: store);
        await using var there = await TestServer.StartAsync(sessions: store);
        var client = await here.ConnectAsync("one", expiry: 100);
        await client.SubscribeAsync(ToA);
        (await here.Server.ReleaseSessionAsync("one")).ShouldBeFalse("it is connected here");
        await client.DisposeAsync();
        await Eventually.BeAsync(() => here.Server.ConnectionCount == 0, "the client is away");
        await here.Server.PublishAsync(Message("x"));
        (await here.Server.ReleaseSessionAsync("one")).ShouldBeTrue();
        here.Server.SubscriptionCount.ShouldBe(0);
        var back = await there.ConnectAsync("one", clean: false, expiry: 100);
        await back.ExpectPublishAsync("x");
    }

    [Fact]
    public async Task Retained_messages_survive_the_server_and_are_stored_before_they_are_acknowledged()
    {
        var store = new MemoryRetainedStore();
        await using (var server = await TestServer.StartAsync(retained: store))
        {
            var client = await server.ConnectAsync("one");
            store.Gate = new TaskCompletionSource();
            await client.PublishAsync("a", "kept", 1, 1, retain: true);
            await client.ExpectQuietAsync();
            store.Gate.SetResult();
            await client.ExpectAckAsync(ControlPacketType.PubAck);
            await client.PublishAsync("b", "taken back", 1, 2, retain: true);
            await client.ExpectAckAsync(ControlPacketType.PubAck);
            await client.PublishAsync("b", "", 1, 3, retain: true);
            await client.ExpectAckAsync(ControlPacketType.PubAck);
        }

        await using var next = await TestServer.StartAsync(retained: store);
        next.Server.RetainedCount.ShouldBe(1);
        var reader = await next.ConnectAsync("reader");
        await reader.SubscribeAsync(new Subscription("#", QualityOfService.AtMostOnce));
        (await reader.ExpectPublishAsync("kept")).Retain.ShouldBeTrue();
    }

    private sealed class MemoryRetainedStore : IRetainedStore
    {
        private readonly Dictionary<string, MqttMessage> _messages = [];

        public TaskCompletionSource? Gate { get; set; }

        public async IAsyncEnumerable<MqttMessage> LoadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var message in _messages.Values) yield return message;
        }

        public async ValueTask SaveAsync(IReadOnlyList<RetainedChange> changes, CancellationToken cancellationToken)
        {
            if (Gate is { } gate) await gate.Task;
            foreach (var (topic, message) in changes)
            {
                if (message is null) _messages.Remove(topic);
                else _messages[topic] = message;
            }
        }
    }
}
