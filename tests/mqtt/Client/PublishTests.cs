using System.Text;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

public sealed class PublishTests
{
    [Fact]
    public async Task QoS_1_completes_at_the_PUBACK_with_what_it_says()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var connectionEnd = connection;
        var publishing = client.PublishAsync("steps", "{}"u8.ToArray(), retain: true, properties: PublishProperties.Create(contentType: "json"));
        var packet = await connection.ReceivePublishAsync();
        packet.GetTopic().ShouldBe("steps");
        Encoding.UTF8.GetString(packet.Payload.Span).ShouldBe("{}");
        packet.Retain.ShouldBeTrue();
        packet.Dup.ShouldBeFalse();
        packet.Properties.ContentType.ShouldBe("json");
        publishing.IsCompleted.ShouldBeFalse();
        await connection.SendAsync(new AckPacket(ControlPacketType.PubAck, packet.PacketIdentifier, ReasonCode.QuotaExceeded) { ReasonString = "later" });
        var result = await publishing.WaitAsync(ScriptedServer.Patience);
        result.ShouldBe(new PublishResult(ReasonCode.QuotaExceeded, "later"));
        result.IsSuccess.ShouldBeFalse();
    }

    [Fact]
    public async Task QoS_2_completes_at_the_PUBCOMP()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var connectionEnd = connection;
        var publishing = client.PublishAsync("t", default, QualityOfService.ExactlyOnce);
        var packet = await connection.ReceivePublishAsync();
        await connection.SendAsync(new AckPacket(ControlPacketType.PubRec, packet.PacketIdentifier, ReasonCode.NoMatchingSubscribers));
        (await connection.ReceiveAsync(ControlPacketType.PubRel)).Ack.PacketIdentifier.ShouldBe(packet.PacketIdentifier);
        publishing.IsCompleted.ShouldBeFalse();
        await connection.SendAsync(new AckPacket(ControlPacketType.PubComp, packet.PacketIdentifier));
        (await publishing.WaitAsync(ScriptedServer.Patience)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task QoS_2_that_the_PUBREC_refuses_is_over()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var connectionEnd = connection;
        var publishing = client.PublishAsync("t", default, QualityOfService.ExactlyOnce);
        var packet = await connection.ReceivePublishAsync();
        await connection.SendAsync(new AckPacket(ControlPacketType.PubRec, packet.PacketIdentifier, ReasonCode.NotAuthorized));
        (await publishing.WaitAsync(ScriptedServer.Patience)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        (await connection.IsSilentAsync()).ShouldBeTrue("no PUBREL follows a refusal");
    }

    [Fact]
    public async Task A_PUBREC_of_an_unknown_message_is_answered_so_that_the_server_can_let_go_of_it()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var connectionEnd = connection;
        await connection.SendAsync(new AckPacket(ControlPacketType.PubRec, 77));
        (await connection.ReceiveAsync(ControlPacketType.PubRel)).Ack.ShouldBe(new AckPacket(ControlPacketType.PubRel, 77, ReasonCode.PacketIdentifierNotFound));
        client.Closed.IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData(5, 100, 5)]
    [InlineData(100, 3, 3)]
    public async Task No_more_are_in_flight_than_both_sides_allow(int serverMax, int clientMax, int expected)
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, InFlightMax = clientMax },
            answer: new ConnAckPacket { ReceiveMaximum = (ushort)serverMax });
        using var connectionEnd = connection;
        var publishing = Enumerable.Range(0, 10).Select(i => client.PublishAsync("t", new[] { (byte)i })).ToList();
        var received = new List<PublishPacket>();
        for (var i = 0; i < expected; i++) received.Add(await connection.ReceivePublishAsync());
        (await connection.IsSilentAsync()).ShouldBeTrue();

        // Each acknowledgement makes room for one, in the order of publishing.
        for (var i = expected; i < 10; i++)
        {
            await connection.SendAsync(new AckPacket(ControlPacketType.PubAck, received[i - expected].PacketIdentifier));
            received.Add(await connection.ReceivePublishAsync());
            (await connection.IsSilentAsync()).ShouldBeTrue();
        }
        received.Select(packet => (int)packet.Payload.Span[0]).ShouldBe(Enumerable.Range(0, 10));
        foreach (var packet in received[^expected..]) await connection.SendAsync(new AckPacket(ControlPacketType.PubAck, packet.PacketIdentifier));
        (await Task.WhenAll(publishing).WaitAsync(ScriptedServer.Patience)).ShouldAllBe(result => result.IsSuccess);
    }

    [Fact]
    public async Task QoS_0_and_SUBSCRIBE_do_not_wait_for_a_place_in_flight()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, InFlightMax = 1 });
        using var connectionEnd = connection;
        var inFlight = client.PublishAsync("t", default);
        await connection.ReceivePublishAsync();
        (await client.PublishAsync("t", default, QualityOfService.AtMostOnce).WaitAsync(ScriptedServer.Patience)).IsSuccess.ShouldBeTrue();
        (await connection.ReceivePublishAsync()).Qos.ShouldBe(QualityOfService.AtMostOnce);
        var subscribing = client.SubscribeAsync([new Subscription("t", QualityOfService.AtMostOnce)]);
        await connection.ReceiveAsync(ControlPacketType.Subscribe);
        inFlight.IsCompleted.ShouldBeFalse();
        subscribing.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Packet_Identifiers_in_use_are_passed_over_when_they_come_round()
    {
        const int Batch = 1000;
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, InFlightMax = Batch + 1 });
        using var connectionEnd = connection;
        var kept = client.PublishAsync("kept", default);
        var keptIdentifier = (await connection.ReceivePublishAsync()).PacketIdentifier;
        var seen = new HashSet<ushort>();
        for (var i = 0; i < 67; i++)
        {
            var publishing = Enumerable.Range(0, Batch).Select(_ => client.PublishAsync("t", default)).ToList();
            var identifiers = new HashSet<ushort>();
            while (identifiers.Count < Batch) identifiers.Add((await connection.ReceivePublishAsync()).PacketIdentifier);
            identifiers.ShouldNotContain((ushort)0);
            identifiers.ShouldNotContain(keptIdentifier);
            seen.UnionWith(identifiers);
            await connection.SendAsync(identifiers.SelectMany(identifier => new byte[] { 0x40, 2, (byte)(identifier >> 8), (byte)identifier }).ToArray());
            await Task.WhenAll(publishing).WaitAsync(ScriptedServer.Patience);
        }
        // All but the one that is kept and 0.
        seen.Count.ShouldBe(65_534);
        kept.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task One_more_than_may_wait_is_the_callers_error()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, InFlightMax = 1, WaitingMax = 2 });
        using var connectionEnd = connection;
        var publishing = Enumerable.Range(0, 3).Select(_ => client.PublishAsync("t", default)).ToList();
        Should.Throw<InvalidOperationException>(() => { _ = client.PublishAsync("t", default); });
        publishing.ShouldAllBe(task => !task.IsCompleted);
    }

    [Fact]
    public async Task QoS_0_waits_while_the_network_takes_no_more_and_nothing_is_lost_or_out_of_order()
    {
        const int Count = 400;
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, SendBufferBytesMax = 64 * 1024 });
        using var connectionEnd = connection;
        var publishing = Enumerable.Range(0, Count)
            .Select(i => client.PublishAsync("t", BitConverter.GetBytes(i).Concat(new byte[100_000]).ToArray(), QualityOfService.AtMostOnce)).ToList();
        // 40 MB are more than the sockets of both ends hold.
        publishing.Count(task => !task.IsCompleted).ShouldBeGreaterThan(0);
        for (var i = 0; i < Count; i++) BitConverter.ToInt32((await connection.ReceivePublishAsync()).Payload.Span).ShouldBe(i);
        (await Task.WhenAll(publishing).WaitAsync(ScriptedServer.Patience)).ShouldAllBe(result => result.IsSuccess);
    }

    [Fact]
    public async Task What_waits_can_be_cancelled_and_is_then_never_sent()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, InFlightMax = 1 });
        using var connectionEnd = connection;
        using var cancel = new CancellationTokenSource();
        var first = client.PublishAsync("first", default);
        var second = client.PublishAsync("second", default, cancellationToken: cancel.Token);
        var third = client.PublishAsync("third", default);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
        await connection.SendAsync(new AckPacket(ControlPacketType.PubAck, (await connection.ReceivePublishAsync()).PacketIdentifier));
        (await connection.ReceivePublishAsync()).GetTopic().ShouldBe("third");
        (await first).IsSuccess.ShouldBeTrue();
        third.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task What_the_CONNACK_says_the_server_will_not_take_is_not_sent()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport },
            answer: new ConnAckPacket { MaximumQos = QualityOfService.AtLeastOnce, RetainAvailable = false, MaximumPacketSize = 100 });
        using var connectionEnd = connection;
        (await client.PublishAsync("t", default, QualityOfService.ExactlyOnce)).ReasonCode.ShouldBe(ReasonCode.QosNotSupported);
        (await client.PublishAsync("t", default, retain: true)).ReasonCode.ShouldBe(ReasonCode.RetainNotSupported);
        (await client.PublishAsync("t", new byte[100])).ReasonCode.ShouldBe(ReasonCode.PacketTooLarge);
        (await client.PublishAsync("t", new byte[100], QualityOfService.AtMostOnce)).ReasonCode.ShouldBe(ReasonCode.PacketTooLarge);
        (await connection.IsSilentAsync()).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/#")]
    [InlineData("a/+/b")]
    [InlineData("a\0")]
    public async Task A_topic_that_is_none_is_the_callers_error(string topic)
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var connectionEnd = connection;
        Should.Throw<ArgumentException>(() => { _ = client.PublishAsync(topic, default); });
        Should.Throw<ArgumentException>(() => { _ = client.PublishAsync(new PublishPacket { Topic = "t"u8.ToArray(), PacketIdentifier = 1, Qos = QualityOfService.AtLeastOnce }); });
    }

    [Fact]
    public async Task Topics_get_an_alias_as_far_as_the_server_lets_them()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, UseTopicAliases = true }, answer: new ConnAckPacket { TopicAliasMaximum = 2 });
        using var connectionEnd = connection;
        foreach (var topic in new[] { "a", "b", "a", "c", "b", "c" }) await client.PublishAsync(topic, default, QualityOfService.AtMostOnce);
        var received = new List<(string Topic, int Alias)>();
        for (var i = 0; i < 6; i++)
        {
            var packet = await connection.ReceivePublishAsync();
            received.Add((packet.GetTopic(), packet.TopicAlias));
        }
        received.ShouldBe([("a", 1), ("b", 2), ("", 1), ("c", 0), ("", 2), ("c", 0)]);
    }

    [Fact]
    public async Task What_is_published_while_a_write_is_under_way_leaves_in_the_next_one_write()
    {
        using var server = new ScriptedServer();
        var writes = new GatedStream();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions
        {
            Transport = async token => writes.Over(await server.Transport(token)),
        });
        using var connectionEnd = connection;
        writes.Hold();
        for (var i = 0; i < 101; i++)
        {
            await client.PublishAsync("t", default, QualityOfService.AtMostOnce);
            if (i == 0) await writes.Waiting.WaitAsync(ScriptedServer.Patience);
        }
        var before = writes.Count;
        writes.Release();
        for (var i = 0; i < 101; i++) await connection.ReceivePublishAsync();
        // The one that was held up, and one with the other hundred.
        (writes.Count - before).ShouldBe(2);
    }

    [Fact]
    public async Task A_message_that_cannot_be_encoded_is_the_callers_error_and_blocks_nobody()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, InFlightMax = 1 });
        using var connectionEnd = connection;
        var first = client.PublishAsync("first", default);
        Should.Throw<ArgumentException>(() => { _ = client.PublishAsync("t", new byte[268_435_456]); });
        var second = client.PublishAsync("second", default);
        await connection.SendAsync(new AckPacket(ControlPacketType.PubAck, (await connection.ReceivePublishAsync()).PacketIdentifier));
        (await connection.ReceivePublishAsync()).GetTopic().ShouldBe("second");
        (await first).IsSuccess.ShouldBeTrue();
        second.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_connection_that_is_lost_fails_all_that_has_no_answer()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, InFlightMax = 1 });
        var inFlight = client.PublishAsync("t", default);
        var waiting = client.PublishAsync("t", default);
        await connection.ReceivePublishAsync();
        connection.Dispose();
        (await Should.ThrowAsync<MqttConnectionLostException>(inFlight.WaitAsync(ScriptedServer.Patience))).ReasonCode.ShouldBeNull();
        await Should.ThrowAsync<MqttConnectionLostException>(waiting);
        await Should.ThrowAsync<MqttConnectionLostException>(client.SubscribeAsync([new Subscription("t", QualityOfService.AtMostOnce)]));
        (await client.Closed).ByServer.ShouldBeTrue();
    }
}
