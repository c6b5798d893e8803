using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class PublishTests
{
    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Messages_of_one_write_are_accepted_as_one_batch_and_acknowledged_in_their_order(MqttVersion version)
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", version);
        await client.SendAsync(RawClient.Publish("a", "0"), RawClient.Publish("a", "1", 1, 11), RawClient.Publish("a", "2", 2, 12), RawClient.Publish("a", "3", 1, 13));
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).PacketIdentifier.ShouldBe((ushort)11);
        (await client.ExpectAckAsync(ControlPacketType.PubRec)).PacketIdentifier.ShouldBe((ushort)12);
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).PacketIdentifier.ShouldBe((ushort)13);
        server.Application.BatchSizes.ShouldBe([4]);
        server.Application.Seen.Select(m => m.Payload).ShouldBe(["0", "1", "2", "3"]);
    }

    [Fact]
    public async Task Nothing_is_acknowledged_before_the_application_has_accepted_it()
    {
        var gate = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = _ => gate.Task;
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a", "1", 1, 1);
        await client.ExpectQuietAsync();
        await client.PingAsync(); // the connection reads on meanwhile
        gate.SetResult();
        await client.ExpectAckAsync(ControlPacketType.PubAck);
    }

    [Fact]
    public async Task What_is_read_while_a_batch_is_with_the_application_makes_the_next_one()
    {
        var gate = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = _ => gate.Task;
        var client = await server.ConnectAsync("one");
        for (ushort i = 1; i <= 5; i++)
        {
            await client.PublishAsync("a", $"{i}", 1, i);
            await client.PingAsync();
        }

        gate.SetResult();
        for (ushort i = 1; i <= 5; i++) (await client.ExpectAckAsync(ControlPacketType.PubAck)).PacketIdentifier.ShouldBe(i);
        server.Application.BatchSizes.ShouldBe([1, 4]);
        server.Application.Seen.Select(m => m.Payload).ShouldBe(["1", "2", "3", "4", "5"]);
    }

    [Fact]
    public async Task The_socket_is_not_read_while_as_much_waits_as_may()
    {
        var gate = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(o => o.PendingMessagesMax = 3);
        server.Application.OnAccept = _ => gate.Task;
        var client = await server.ConnectAsync("one", MqttVersion.V311);
        for (ushort i = 1; i <= 4; i++)
        {
            await client.PublishAsync("a", $"{i}", 1, i);
            if (i < 4) await client.PingAsync();
        }

        await client.SendAsync(ControlPacketType.PingReq);
        await client.ExpectQuietAsync();
        gate.SetResult();
        var answers = new List<ControlPacketType>();
        for (int i = 0; i < 5; i++) answers.Add((await client.ReceiveAsync()).Type);
        answers.Count(t => t == ControlPacketType.PubAck).ShouldBe(4);
        answers.Count(t => t == ControlPacketType.PingResp).ShouldBe(1);
    }

    [Fact]
    public async Task A_batch_that_faults_is_not_acknowledged_and_ends_the_connection()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = _ => Task.FromException(new InvalidOperationException("the database is away"));
        var five = await server.ConnectAsync("five");
        await five.PublishAsync("a", "1", 1, 1);
        await five.ExpectDisconnectAsync(ReasonCode.ImplementationSpecificError);
        var old = await server.ConnectAsync("old", MqttVersion.V311);
        await old.PublishAsync("a", "1", 1, 1);
        await old.ExpectEndAsync();
    }

    [Theory]
    [InlineData(1, ControlPacketType.PubAck)]
    [InlineData(2, ControlPacketType.PubRec)]
    public async Task A_publish_the_client_may_not_make_is_answered_with_the_reason_and_still_seen_by_the_application(byte qos, ControlPacketType answer)
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnPublish = topic => topic == "mine" ? Authorization.Allowed : Authorization.NotAuthorized("Not your topic.");
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("theirs", "evidence", qos, 1);
        var ack = await client.ExpectAckAsync(answer);
        ack.ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        ack.ReasonString.ShouldBe("Not your topic.");
        server.Application.Seen.Single().ShouldBe(new SeenMessage("one", "theirs", "evidence", (QualityOfService)qos, IsRefused: true, IsWill: false));
        await client.PublishAsync("mine", "fine", 1, 2);
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.Success);
    }

    [Fact]
    public async Task A_3_1_1_client_gets_a_plain_PUBACK_for_what_was_refused()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnPublish = _ => Authorization.NotAuthorized("Not your topic.");
        var client = await server.ConnectAsync("one", MqttVersion.V311);
        await client.PublishAsync("theirs", "evidence", 1, 1);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        await client.PingAsync();
    }

    [Fact]
    public async Task A_client_that_declines_problem_information_gets_the_code_alone()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnPublish = _ => Authorization.NotAuthorized("Not your topic.");
        var client = await server.ConnectAsync("one", with: new ConnectPacket { RequestProblemInformation = false });
        await client.PublishAsync("theirs", "evidence", 1, 1);
        var ack = await client.ExpectAckAsync(ControlPacketType.PubAck);
        ack.ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        ack.ReasonString.ShouldBeNull();
    }

    [Fact]
    public async Task The_application_refuses_single_messages_of_a_batch_and_those_are_not_routed()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = batch =>
        {
            batch.Single(m => RawClient.Text(new PublishPacket { Payload = m.Payload }) == "bad").Refuse(ReasonCode.PayloadFormatInvalid, "No JSON.");
            return Task.CompletedTask;
        };
        var subscriber = await server.ConnectAsync("sub");
        await subscriber.SubscribeAsync(new Subscription("a", QualityOfService.AtMostOnce));
        var client = await server.ConnectAsync("one");
        await client.SendAsync(RawClient.Publish("a", "good", 1, 1), RawClient.Publish("a", "bad", 1, 2), RawClient.Publish("a", "good too", 1, 3));
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.Success);
        var refused = await client.ExpectAckAsync(ControlPacketType.PubAck);
        refused.ReasonCode.ShouldBe(ReasonCode.PayloadFormatInvalid);
        refused.ReasonString.ShouldBe("No JSON.");
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.Success);
        await subscriber.ExpectPublishAsync("good");
        await subscriber.ExpectPublishAsync("good too");
        await subscriber.PingAsync();
    }

    [Fact]
    public async Task The_application_keeps_messages_from_subscribers()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = batch =>
        {
            foreach (var m in batch) NotRouted(m);
            return Task.CompletedTask;
        };
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(new Subscription("#", QualityOfService.AtLeastOnce));
        await client.PublishAsync("a", "1", 1, 1, retain: true);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        await client.PingAsync();
        server.Server.RetainedCount.ShouldBe(0);

        static void NotRouted(IncomingPublish message) => message.IsRouted = false;
    }

    [Fact]
    public async Task A_QoS_2_message_that_comes_twice_is_accepted_once()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", expiry: 100);
        await client.PublishAsync("a", "once", 2, 7);
        await client.ExpectAckAsync(ControlPacketType.PubRec);
        await client.DisposeAsync();

        client = await server.ConnectAsync("one", clean: false, expiry: 100);
        await client.PublishAsync("a", "once", 2, 7, dup: true);
        (await client.ExpectAckAsync(ControlPacketType.PubRec)).ReasonCode.ShouldBe(ReasonCode.Success);
        await client.AckAsync(ControlPacketType.PubRel, 7);
        (await client.ExpectAckAsync(ControlPacketType.PubComp)).ReasonCode.ShouldBe(ReasonCode.Success);
        server.Application.Seen.Count.ShouldBe(1);

        await client.PublishAsync("a", "another", 2, 7);
        await client.ExpectAckAsync(ControlPacketType.PubRec);
        server.Application.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_PUBREL_for_nothing_is_answered_with_Packet_Identifier_not_found()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.AckAsync(ControlPacketType.PubRel, 9);
        (await client.ExpectAckAsync(ControlPacketType.PubComp)).ReasonCode.ShouldBe(ReasonCode.PacketIdentifierNotFound);
    }

    [Fact]
    public async Task More_QoS_2_messages_than_our_Receive_Maximum_end_the_connection()
    {
        await using var server = await TestServer.StartAsync(o => o.ReceiveMaximum = 2);
        var client = await server.ConnectAsync("one");
        for (ushort round = 0; round < 3; round++)
        {
            await client.PublishAsync("a", "x", 2, 1);
            await client.ExpectAckAsync(ControlPacketType.PubRec);
            await client.AckAsync(ControlPacketType.PubRel, 1);
            await client.ExpectAckAsync(ControlPacketType.PubComp);
        }

        await client.SendAsync(RawClient.Publish("a", "1", 2, 1), RawClient.Publish("a", "2", 2, 2));
        await client.ExpectAckAsync(ControlPacketType.PubRec);
        await client.ExpectAckAsync(ControlPacketType.PubRec);
        await client.PublishAsync("a", "3", 2, 3);
        await client.ExpectDisconnectAsync(ReasonCode.ReceiveMaximumExceeded);
    }

    [Fact]
    public async Task A_packet_over_our_maximum_is_refused_before_its_body_comes()
    {
        await using var server = await TestServer.StartAsync(o => o.PacketBytesMax = 2000);
        var client = await server.ConnectAsync("one");
        await client.SendAsync([0x30, 0xD0, 0x0F]); // 2,000 bytes, and 3 of fixed header
        await client.ExpectDisconnectAsync(ReasonCode.PacketTooLarge);
    }

    [Fact]
    public async Task A_large_message_arrives_whole_in_small_pieces()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        string payload = string.Concat(Enumerable.Range(0, 200_000).Select(i => (char)('a' + (i % 26))));
        byte[] bytes = Codec.Wire.Encode(RawClient.Publish("a", payload, 1, 1), MqttVersion.V500);
        foreach (var piece in bytes.Chunk(7919))
        {
            await client.SendAsync(piece);
            await Task.Yield();
        }

        await client.ExpectAckAsync(ControlPacketType.PubAck);
        server.Application.Seen.Single().Payload.ShouldBe(payload);
    }

    [Fact]
    public async Task Packets_that_come_byte_by_byte_are_served()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        foreach (byte one in Codec.Wire.Encode(RawClient.Publish("a/b", "slow", 1, 77), MqttVersion.V500)) await client.SendAsync([one]);
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).PacketIdentifier.ShouldBe((ushort)77);
    }

    [Fact]
    public async Task A_Topic_Alias_stands_for_its_topic_until_the_connection_ends()
    {
        await using var server = await TestServer.StartAsync(o => o.TopicAliasMaximum = 2);
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("long/topic", "1", 1, 1, with: new PublishPacket { TopicAlias = 2 });
        await client.PublishAsync("", "2", 1, 2, with: new PublishPacket { TopicAlias = 2 });
        await client.PublishAsync("other", "3", 1, 3, with: new PublishPacket { TopicAlias = 2 });
        await client.PublishAsync("", "4", 1, 4, with: new PublishPacket { TopicAlias = 2 });
        for (int i = 0; i < 4; i++) await client.ExpectAckAsync(ControlPacketType.PubAck);
        server.Application.Seen.Select(m => m.Topic).ShouldBe(["long/topic", "long/topic", "other", "other"]);

        client = await server.ConnectAsync("one");
        await client.PublishAsync("", "5", 1, 5, with: new PublishPacket { TopicAlias = 2 });
        await client.ExpectDisconnectAsync(ReasonCode.TopicAliasInvalid);
    }

    [Fact]
    public async Task A_Topic_Alias_over_our_maximum_ends_the_connection()
    {
        await using var server = await TestServer.StartAsync(o => o.TopicAliasMaximum = 2);
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a", "1", 1, 1, with: new PublishPacket { TopicAlias = 3 });
        await client.ExpectDisconnectAsync(ReasonCode.TopicAliasInvalid);
    }

    [Fact]
    public async Task A_topic_with_too_many_levels_is_refused_and_the_connection_goes_on()
    {
        await using var server = await TestServer.StartAsync(o => o.TopicLevelsMax = 3);
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a/b/c/d", "1", 1, 1);
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.TopicNameInvalid);
        await client.PingAsync();
    }

    [Fact]
    public async Task A_client_over_its_rate_is_read_more_slowly_and_loses_nothing()
    {
        await using var server = await TestServer.StartAsync(o => o.PublishesPerSecondMax = 50);
        var client = await server.ConnectAsync("one", MqttVersion.V311);
        var start = System.Diagnostics.Stopwatch.StartNew();
        for (ushort i = 1; i <= 75; i++)
        {
            await client.PublishAsync("a", "x", 1, i);
            if (i % 25 == 0) await client.PingAfterAcksAsync(25);
        }

        server.Application.Seen.Count.ShouldBe(75);
        start.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.3)); // 50 at once, and 25 more take half a second
    }

    [Fact]
    public async Task The_rate_is_the_identity_s_over_all_its_connections()
    {
        await using var server = await TestServer.StartAsync(o => o.PublishesPerSecondMax = 50);
        server.Application.OnAuthenticate = _ => new AuthenticationOutcome.Accepted(new TestIdentity("same"));
        RawClient[] clients = [await server.ConnectAsync("one"), await server.ConnectAsync("two"), await server.ConnectAsync("three")];
        var start = System.Diagnostics.Stopwatch.StartNew();
        foreach (var client in clients)
        {
            for (ushort i = 1; i <= 25; i++) await client.PublishAsync("a", "x", 1, i);
            await client.PingAfterAcksAsync(25);
        }

        foreach (var client in clients) await client.PingAsync();
        server.Application.Seen.Count.ShouldBe(75);
        start.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.3));
    }
}

internal static class RawClientExtensions
{
    /// <summary>Takes so many PUBACKs.</summary>
    public static async Task PingAfterAcksAsync(this RawClient client, int acks)
    {
        for (int i = 0; i < acks; i++) await client.ExpectAckAsync(ControlPacketType.PubAck);
        await client.PingAsync();
    }
}
