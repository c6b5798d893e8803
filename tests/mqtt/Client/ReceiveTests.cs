using System.Threading.Channels;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

public sealed class ReceiveTests
{
    private readonly Channel<ReceivedMessage> _handled = Channel.CreateUnbounded<ReceivedMessage>();
    private readonly SemaphoreSlim _mayHandle = new(0);

    /// <summary>Handles a message each time the test lets it.</summary>
    private async ValueTask HandleAsync(ReceivedMessage message, CancellationToken cancellationToken)
    {
        await _mayHandle.WaitAsync(cancellationToken);
        if (message.Topic == "bad") throw new InvalidOperationException("it is bad");
        await _handled.Writer.WriteAsync(message, cancellationToken);
    }

    private static PublishPacket Message(string topic, QualityOfService qos, ushort identifier = 0) => new()
    {
        Topic = System.Text.Encoding.UTF8.GetBytes(topic),
        Payload = "hello"u8.ToArray(),
        Qos = qos,
        PacketIdentifier = identifier,
    };

    [Fact]
    public async Task A_QoS_1_message_is_acknowledged_when_it_is_handled_and_not_before()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync });
        await using var _ = client;
        await connection.SendAsync(Message("t", QualityOfService.AtLeastOnce, 9));
        (await connection.IsSilentAsync()).ShouldBeTrue();
        _mayHandle.Release();
        (await connection.ReceiveAsync(ControlPacketType.PubAck)).Ack.ShouldBe(new AckPacket(ControlPacketType.PubAck, 9));
        (await _handled.Reader.ReadAsync()).Topic.ShouldBe("t");
        connection.Dispose();
    }

    [Theory]
    [InlineData(MqttVersion.V500, ReasonCode.ImplementationSpecificError)]
    [InlineData(MqttVersion.V311, ReasonCode.Success)]
    public async Task A_message_whose_handler_throws_is_acknowledged_as_failed(MqttVersion version, ReasonCode expected)
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync }, new ConnectPacket { Version = version, CleanStart = true });
        using var connectionEnd = connection;
        _mayHandle.Release(2);
        await connection.SendAsync(Message("bad", QualityOfService.AtLeastOnce, 9));
        (await connection.ReceiveAsync(ControlPacketType.PubAck)).Ack.ReasonCode.ShouldBe(expected);
        await connection.SendAsync(Message("good", QualityOfService.AtLeastOnce, 9));
        (await connection.ReceiveAsync(ControlPacketType.PubAck)).Ack.ReasonCode.ShouldBe(ReasonCode.Success);
    }

    [Fact]
    public async Task A_QoS_2_message_is_handled_once_however_often_it_comes()
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync });
        using var connectionEnd = connection;
        _mayHandle.Release(10);
        await connection.SendAsync(Message("once", QualityOfService.ExactlyOnce, 9));
        await connection.ReceiveAsync(ControlPacketType.PubRec);
        await connection.SendAsync(Message("once", QualityOfService.ExactlyOnce, 9) with { Dup = true });
        (await connection.ReceiveAsync(ControlPacketType.PubRec)).Ack.ShouldBe(new AckPacket(ControlPacketType.PubRec, 9));
        await connection.SendAsync(new AckPacket(ControlPacketType.PubRel, 9));
        (await connection.ReceiveAsync(ControlPacketType.PubComp)).Ack.ShouldBe(new AckPacket(ControlPacketType.PubComp, 9));
        await connection.SendAsync(new AckPacket(ControlPacketType.PubRel, 9));
        (await connection.ReceiveAsync(ControlPacketType.PubComp)).Ack.ReasonCode.ShouldBe(ReasonCode.PacketIdentifierNotFound);

        // After the PUBREL the same identifier is a new message [MQTT-4.3.3-12].
        await connection.SendAsync(Message("again", QualityOfService.ExactlyOnce, 9));
        await connection.ReceiveAsync(ControlPacketType.PubRec);
        (await _handled.Reader.ReadAsync()).Topic.ShouldBe("once");
        (await _handled.Reader.ReadAsync()).Topic.ShouldBe("again");
        _handled.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task MQTT_4_3_3_9_After_a_refused_QoS_2_message_its_identifier_is_a_new_message()
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync });
        using var connectionEnd = connection;
        _mayHandle.Release(2);
        await connection.SendAsync(Message("bad", QualityOfService.ExactlyOnce, 9));
        (await connection.ReceiveAsync(ControlPacketType.PubRec)).Ack.ReasonCode.ShouldBe(ReasonCode.ImplementationSpecificError);
        await connection.SendAsync(Message("good", QualityOfService.ExactlyOnce, 9));
        (await connection.ReceiveAsync(ControlPacketType.PubRec)).Ack.ReasonCode.ShouldBe(ReasonCode.Success);
        (await _handled.Reader.ReadAsync()).Topic.ShouldBe("good");
    }

    [Fact]
    public async Task Acknowledgements_leave_in_the_order_of_the_messages()
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync });
        using var connectionEnd = connection;
        for (ushort i = 1; i <= 20; i++) await connection.SendAsync(Message("t", QualityOfService.AtLeastOnce, i));
        _mayHandle.Release(20);
        for (ushort i = 1; i <= 20; i++) (await connection.ReceiveAsync(ControlPacketType.PubAck)).Ack.PacketIdentifier.ShouldBe(i);
    }

    [Fact]
    public async Task A_server_that_exceeds_the_Receive_Maximum_is_told_so()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync }, new ConnectPacket { CleanStart = true, ReceiveMaximum = 2 });
        for (ushort i = 1; i <= 2; i++) await connection.SendAsync(Message("t", QualityOfService.AtLeastOnce, i));
        (await connection.IsSilentAsync()).ShouldBeTrue();
        await connection.SendAsync(Message("t", QualityOfService.AtLeastOnce, 3));
        ((DisconnectPacket)(await connection.ReceiveAsync(ControlPacketType.Disconnect)).Body!).ReasonCode.ShouldBe(ReasonCode.ReceiveMaximumExceeded);
        connection.Dispose();
        await client.Closed.WaitAsync(ScriptedServer.Patience);
    }

    [Fact]
    public async Task When_the_handler_is_behind_the_connection_is_not_read_and_nothing_is_lost()
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync, ReceivedMax = 5 });
        using var connectionEnd = connection;
        for (var i = 0; i < 500; i++) await connection.SendAsync(Message($"t/{i}", QualityOfService.AtMostOnce));
        _mayHandle.Release(500);
        for (var i = 0; i < 500; i++)
            (await _handled.Reader.ReadAsync().AsTask().WaitAsync(ScriptedServer.Patience)).Topic.ShouldBe($"t/{i}");
    }

    [Fact]
    public async Task A_Topic_Alias_stands_for_its_topic_until_it_is_set_anew()
    {
        using var server = new ScriptedServer();
        var (_, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, OnMessage = HandleAsync }, new ConnectPacket { CleanStart = true, TopicAliasMaximum = 1 });
        using var connectionEnd = connection;
        _mayHandle.Release(10);
        await connection.SendAsync(Message("one", QualityOfService.AtMostOnce) with { TopicAlias = 1 });
        await connection.SendAsync(Message("", QualityOfService.AtMostOnce) with { TopicAlias = 1 });
        await connection.SendAsync(Message("two", QualityOfService.AtMostOnce) with { TopicAlias = 1 });
        await connection.SendAsync(Message("", QualityOfService.AtMostOnce) with { TopicAlias = 1 });
        foreach (var topic in new[] { "one", "one", "two", "two" })
            (await _handled.Reader.ReadAsync().AsTask().WaitAsync(ScriptedServer.Patience)).Topic.ShouldBe(topic);
    }

    [Fact]
    public async Task A_handler_may_disconnect()
    {
        using var server = new ScriptedServer();
        MqttClient? client = null;
        var connected = new TaskCompletionSource();
        (client, var connection) = await server.ConnectAsync(new MqttClientOptions
        {
            Transport = server.Transport,
            OnMessage = async (_, _) =>
            {
                await connected.Task;
                await client!.DisposeAsync();
                await _handled.Writer.WriteAsync(null!, CancellationToken.None);
            },
        });
        connected.SetResult();
        await connection.SendAsync(Message("t", QualityOfService.AtMostOnce));
        await connection.ReceiveAsync(ControlPacketType.Disconnect);
        connection.Dispose();
        await _handled.Reader.ReadAsync().AsTask().WaitAsync(ScriptedServer.Patience);
    }

    [Fact]
    public async Task Subscriptions_are_answered_one_by_one()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var connectionEnd = connection;
        var first = client.SubscribeAsync([new Subscription("a", QualityOfService.AtLeastOnce)], subscriptionIdentifier: 5);
        var second = client.UnsubscribeAsync(["b"]);
        var subscribe = (SubscribePacket)(await connection.ReceiveAsync(ControlPacketType.Subscribe)).Body!;
        subscribe.SubscriptionIdentifier.ShouldBe(5u);
        var unsubscribe = (UnsubscribePacket)(await connection.ReceiveAsync(ControlPacketType.Unsubscribe)).Body!;
        await connection.SendAsync(ControlPacketType.UnsubAck, new UnsubAckPacket { PacketIdentifier = unsubscribe.PacketIdentifier, ReasonCodes = [ReasonCode.NoSubscriptionExisted] });
        (await second.WaitAsync(ScriptedServer.Patience)).ReasonCodes.ShouldBe([ReasonCode.NoSubscriptionExisted]);
        first.IsCompleted.ShouldBeFalse();
        await connection.SendAsync(ControlPacketType.SubAck, new SubAckPacket { PacketIdentifier = subscribe.PacketIdentifier, ReasonCodes = [ReasonCode.NotAuthorized] });
        (await first.WaitAsync(ScriptedServer.Patience)).ReasonCodes.ShouldBe([ReasonCode.NotAuthorized]);
        Should.Throw<ArgumentException>(() => { _ = client.SubscribeAsync([new Subscription("a/#/b", QualityOfService.AtMostOnce)]); });
        Should.Throw<ArgumentException>(() => { _ = client.UnsubscribeAsync(["a+"]); });
    }
}
