using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class DeliveryTests
{
    private static MqttMessage Message(string payload, byte qos = 1, TimeSpan? expiry = null, string topic = "a") => new()
    {
        Topic = topic,
        Payload = System.Text.Encoding.UTF8.GetBytes(payload),
        Qos = (QualityOfService)qos,
        ExpiresAt = DateTimeOffset.UtcNow + expiry,
    };

    private static async Task<RawClient> SubscriberAsync(TestServer server, string id = "sub", MqttVersion version = MqttVersion.V500, uint expiry = 0, ConnectPacket? with = null, bool clean = true)
    {
        var client = await server.ConnectAsync(id, version, clean, expiry, with);
        await client.SubscribeAsync(new Subscription("a", QualityOfService.ExactlyOnce));
        return client;
    }

    [Fact]
    public async Task No_more_messages_are_under_way_than_the_clients_Receive_Maximum()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server, with: new ConnectPacket { ReceiveMaximum = 2 });
        for (int i = 1; i <= 4; i++) await server.Server.PublishAsync(Message($"{i}"));
        var first = await client.ExpectPublishAsync("1");
        await client.ExpectPublishAsync("2");
        await client.PingAsync();
        await client.AckAsync(ControlPacketType.PubAck, first.PacketIdentifier);
        await client.ExpectPublishAsync("3");
        await client.PingAsync();
    }

    [Fact]
    public async Task A_QoS_2_message_holds_its_place_until_it_is_complete()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server, with: new ConnectPacket { ReceiveMaximum = 1 });
        await server.Server.PublishAsync(Message("1", qos: 2));
        await server.Server.PublishAsync(Message("2", qos: 2));
        var first = await client.ExpectPublishAsync("1");
        await client.AckAsync(ControlPacketType.PubRec, first.PacketIdentifier);
        (await client.ExpectAckAsync(ControlPacketType.PubRel)).PacketIdentifier.ShouldBe(first.PacketIdentifier);
        await client.PingAsync();
        await client.AckAsync(ControlPacketType.PubComp, first.PacketIdentifier);
        await client.ExpectPublishAsync("2");
    }

    [Fact]
    public async Task A_QoS_2_message_the_client_refuses_is_over()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server, with: new ConnectPacket { ReceiveMaximum = 1 });
        await server.Server.PublishAsync(Message("1", qos: 2));
        await server.Server.PublishAsync(Message("2", qos: 2));
        var first = await client.ExpectPublishAsync("1");
        await client.AckAsync(ControlPacketType.PubRec, first.PacketIdentifier, ReasonCode.QuotaExceeded);
        await client.ExpectPublishAsync("2");
    }

    [Fact]
    public async Task A_PUBREC_for_nothing_is_answered_with_Packet_Identifier_not_found()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server);
        await client.AckAsync(ControlPacketType.PubRec, 44);
        (await client.ExpectAckAsync(ControlPacketType.PubRel)).ReasonCode.ShouldBe(ReasonCode.PacketIdentifierNotFound);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task What_was_not_acknowledged_comes_again_in_its_order_with_DUP_before_what_is_new(MqttVersion version)
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server, version: version, expiry: 100, clean: false);
        await server.Server.PublishAsync(Message("1"));
        await server.Server.PublishAsync(Message("2", qos: 2));
        await server.Server.PublishAsync(Message("3", qos: 2));
        var one = await client.ExpectPublishAsync("1");
        var two = await client.ExpectPublishAsync("2");
        var three = await client.ExpectPublishAsync("3");
        one.Dup.ShouldBeFalse();
        await client.AckAsync(ControlPacketType.PubRec, two.PacketIdentifier);
        await client.ExpectAckAsync(ControlPacketType.PubRel);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the client is away");
        await server.Server.PublishAsync(Message("4"));

        var (again, answer) = await server.ConnectWithAnswerAsync("sub", version, clean: false, expiry: 100);
        answer.SessionPresent.ShouldBeTrue();
        var repeated = await again.ExpectPublishAsync("1");
        (repeated.Dup, repeated.PacketIdentifier).ShouldBe((true, one.PacketIdentifier));
        (await again.ExpectAckAsync(ControlPacketType.PubRel)).PacketIdentifier.ShouldBe(two.PacketIdentifier);
        repeated = await again.ExpectPublishAsync("3");
        (repeated.Dup, repeated.PacketIdentifier).ShouldBe((true, three.PacketIdentifier));
        (await again.ExpectPublishAsync("4")).Dup.ShouldBeFalse();
    }

    [Fact]
    public async Task QoS_0_messages_do_not_wait_for_an_absent_client_and_others_do()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server, expiry: 100);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the client is away");
        (await server.Server.PublishAsync(Message("0", qos: 0))).ShouldBe(0);
        (await server.Server.PublishAsync(Message("1"))).ShouldBe(1);
        client = await server.ConnectAsync("sub", clean: false, expiry: 100);
        await client.ExpectPublishAsync("1");
        await client.PingAsync();
    }

    [Fact]
    public async Task Expired_messages_are_not_sent_and_others_carry_what_is_left_of_their_interval()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server, expiry: 100);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the client is away");
        await server.Server.PublishAsync(Message("short", expiry: TimeSpan.FromMilliseconds(50)));
        await server.Server.PublishAsync(Message("long", expiry: TimeSpan.FromSeconds(90)));
        await Task.Delay(100);
        client = await server.ConnectAsync("sub", clean: false, expiry: 100);
        (await client.ExpectPublishAsync("long")).MessageExpiryInterval!.Value.ShouldBeInRange(60u, 90u);
        server.Application.DroppedMessages.ShouldBe([("sub", "a", DropReason.Expired)]);
    }

    [Fact]
    public async Task A_message_over_the_clients_Maximum_Packet_Size_is_left_out()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server, with: new ConnectPacket { MaximumPacketSize = 50 });
        await server.Server.PublishAsync(Message(new string('x', 60)));
        await server.Server.PublishAsync(Message("small"));
        await client.ExpectPublishAsync("small");
        server.Application.DroppedMessages.ShouldBe([("sub", "a", DropReason.TooLarge)]);
    }

    [Fact]
    public async Task A_full_queue_takes_no_more_and_says_so()
    {
        await using var server = await TestServer.StartAsync(o => o.QueuedMessagesMax = 2);
        var client = await SubscriberAsync(server, expiry: 100);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the client is away");
        for (int i = 1; i <= 3; i++) await server.Server.PublishAsync(Message($"{i}"));
        (await server.Server.SendAsync("sub", Message("4"))).ShouldBe(SendOutcome.QueueFull);
        server.Application.DroppedMessages.ShouldBe([("sub", "a", DropReason.QueueFull), ("sub", "a", DropReason.QueueFull)]);
        client = await server.ConnectAsync("sub", clean: false, expiry: 100);
        await client.ExpectPublishAsync("1");
        await client.ExpectPublishAsync("2");
        await client.PingAsync();
    }

    [Fact]
    public async Task A_queue_is_bounded_in_bytes_too()
    {
        await using var server = await TestServer.StartAsync(o => o.QueuedBytesMax = 5000);
        var client = await SubscriberAsync(server, expiry: 100);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the client is away");
        (await server.Server.PublishAsync(Message(new string('x', 6000)))).ShouldBe(1, "one message is always taken");
        (await server.Server.PublishAsync(Message("small"))).ShouldBe(0);
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_leaves_others_unharmed_and_gets_all_when_it_reads()
    {
        await using var server = await TestServer.StartAsync(o =>
        {
            o.QueuedMessagesMax = 10_000;
            o.QueuedBytesMax = int.MaxValue;
        });
        var slow = await SubscriberAsync(server, "slow");
        var quick = await SubscriberAsync(server, "quick");
        string filler = new('x', 50_000);
        for (int i = 0; i < 400; i++)
        {
            await server.Server.PublishAsync(Message($"{i} {filler}", qos: 0));
            await quick.ExpectPublishAsync($"{i} {filler}");
        }

        for (int i = 0; i < 400; i++) await slow.ExpectPublishAsync($"{i} {filler}");
        server.Application.DroppedMessages.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_at_all_is_disconnected()
    {
        await using var server = await TestServer.StartAsync(o => o.WriteTimeout = TimeSpan.FromSeconds(1));
        await SubscriberAsync(server, "stuck");
        for (int i = 0; i < 200; i++) await server.Server.PublishAsync(Message(new string('x', 100_000), qos: 0));
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the connection is ended");
        server.Application.DisconnectedClients.Single().Cause.By.ShouldBe(DisconnectedBy.Network);
    }

    [Fact]
    public async Task A_client_that_asks_without_reading_is_not_read_any_more()
    {
        // Not over a socket: how much the kernel takes before anybody reads it differs from machine to machine, and can be 30 MB.
        await using var server = await TestServer.StartAsync(o => o.OutgoingBytesMax = 1024);
        await using UnreadStream client = new();
        Task serving = server.Server.AcceptAsync(client);
        long before = -1;
        await Eventually.BeAsync(
            () =>
            {
                Thread.Sleep(200);
                (bool stands, before) = (client.BytesRead == before && before > 100, client.BytesRead);
                return stands;
            },
            "the server reads no further question while its answers are not taken");
        serving.IsCompleted.ShouldBeFalse();
        client.BytesRead.ShouldBeLessThan(1024 * 1024);
    }

    [Fact]
    public async Task Properties_of_a_message_reach_the_subscriber_unaltered()
    {
        await using var server = await TestServer.StartAsync();
        var client = await SubscriberAsync(server);
        var publisher = await server.ConnectAsync("pub");
        var properties = PublishProperties.Create(true, "application/json", "answers/here", "42"u8.ToArray(), [new("k", "1"), new("k", "2")]);
        await publisher.PublishAsync("a", "x", with: new PublishPacket { Properties = properties });
        var got = (await client.ExpectPublishAsync("x")).Properties;
        got.ShouldSatisfyAllConditions(
            () => got.PayloadIsUtf8.ShouldBeTrue(),
            () => got.ContentType.ShouldBe("application/json"),
            () => got.ResponseTopic.ShouldBe("answers/here"),
            () => got.CorrelationData!.Value.ToArray().ShouldBe("42"u8.ToArray()),
            () => got.UserProperties.ShouldBe([new("k", "1"), new("k", "2")]));
    }

    [Fact]
    public async Task The_first_topics_sent_to_a_client_get_its_aliases()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", with: new ConnectPacket { TopicAliasMaximum = 1 });
        await client.SubscribeAsync(new Subscription("#", QualityOfService.AtMostOnce));
        foreach (string topic in (string[])["first", "second", "first"]) await server.Server.PublishAsync(Message("x", qos: 0, topic: topic));
        (await client.ExpectPublishAsync()).ShouldSatisfyAllConditions(p => p.GetTopic().ShouldBe("first"), p => p.TopicAlias.ShouldBe((ushort)1));
        (await client.ExpectPublishAsync()).ShouldSatisfyAllConditions(p => p.GetTopic().ShouldBe("second"), p => p.TopicAlias.ShouldBe((ushort)0));
        (await client.ExpectPublishAsync()).ShouldSatisfyAllConditions(p => p.GetTopic().ShouldBe(""), p => p.TopicAlias.ShouldBe((ushort)1));
    }

    [Fact]
    public async Task The_application_sends_to_one_client_that_has_not_subscribed()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        (await server.Server.SendAsync("one", Message("for you", topic: "commands/1"))).ShouldBe(SendOutcome.Taken);
        (await client.ExpectPublishAsync("for you")).GetTopic().ShouldBe("commands/1");
        (await server.Server.SendAsync("nobody", Message("x"))).ShouldBe(SendOutcome.NoSession);
    }

    [Fact]
    public async Task When_every_Packet_Identifier_is_taken_messages_wait_until_one_is_free()
    {
        await using var server = await TestServer.StartAsync(o =>
        {
            o.InFlightMax = 65_535;
            o.QueuedMessagesMax = 65_535;
            o.QueuedBytesMax = int.MaxValue;
        });
        var client = await SubscriberAsync(server);
        var sending = Task.Run(async () =>
        {
            for (int i = 0; i < 65_535; i++) (await server.Server.PublishAsync(Message("x"))).ShouldBe(1);
        });
        var identifiers = new HashSet<ushort>();
        for (int i = 0; i < 65_535; i++) identifiers.Add((await client.ExpectPublishAsync()).PacketIdentifier);
        await sending;
        identifiers.Count.ShouldBe(65_535);
        (await server.Server.PublishAsync(Message("one too many"))).ShouldBe(0);
        await client.AckAsync(ControlPacketType.PubAck, 31_000);
        await client.PingAsync();
        (await server.Server.PublishAsync(Message("fits again"))).ShouldBe(1);
        (await client.ExpectPublishAsync("fits again")).PacketIdentifier.ShouldBe((ushort)31_000);
    }
}
