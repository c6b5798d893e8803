using System.Threading.Channels;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

public sealed class ReconnectTests
{
    private static readonly ConnAckPacket s_newSession = new();
    private static readonly ConnAckPacket s_oldSession = new() { SessionPresent = true };

    private int _attempts;

    private MqttReconnectingClient Client(ScriptedServer server, MqttClientOptions? options = null, ReconnectOptions? reconnect = null) => new(
        options ?? new MqttClientOptions { Transport = server.Transport },
        _ => ValueTask.FromResult(new ConnectPacket
        {
            ClientIdentifier = "gateway",
            UserName = "g",
            Password = System.Text.Encoding.UTF8.GetBytes($"token {++_attempts}"),
            SessionExpiryInterval = 3600,
        }),
        reconnect ?? new ReconnectOptions { DelayMin = TimeSpan.FromMilliseconds(1) });

    [Fact]
    public async Task Each_attempt_has_fresh_credentials()
    {
        using var server = new ScriptedServer();
        await using var client = Client(server);
        for (var i = 1; i <= 3; i++)
        {
            using var connection = await server.AcceptAsync(s_newSession);
            System.Text.Encoding.UTF8.GetString(connection.Connect.Password!.Value.Span).ShouldBe($"token {i}");
        }
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_sent_again_with_DUP_in_its_order_when_the_session_is_there()
    {
        using var server = new ScriptedServer();
        await using var client = Client(server);
        List<Task<PublishResult>> publishing;
        List<ushort> identifiers = [];
        using (var first = await server.AcceptAsync(s_newSession))
        {
            publishing = Enumerable.Range(0, 4).Select(i => client.PublishAsync("t", new[] { (byte)i })).ToList();
            for (var i = 0; i < 4; i++) identifiers.Add((await first.ReceivePublishAsync()).PacketIdentifier);
            await first.SendAsync(new AckPacket(ControlPacketType.PubAck, identifiers[1]));
            await publishing[1].WaitAsync(ScriptedServer.Patience);
        }
        using var second = await server.AcceptAsync(s_oldSession);
        foreach (var i in new[] { 0, 2, 3 })
        {
            var packet = await second.ReceivePublishAsync();
            packet.Dup.ShouldBeTrue();
            packet.PacketIdentifier.ShouldBe(identifiers[i]);
            packet.Payload.Span[0].ShouldBe((byte)i);
            publishing[i].IsCompleted.ShouldBeFalse();
            await second.SendAsync(new AckPacket(ControlPacketType.PubAck, packet.PacketIdentifier));
        }
        (await Task.WhenAll(publishing).WaitAsync(ScriptedServer.Patience)).ShouldAllBe(result => result.IsSuccess);
        var fresh = client.PublishAsync("new", default);
        (await second.ReceivePublishAsync()).Dup.ShouldBeFalse();
        fresh.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_sent_again_keeps_to_the_Receive_Maximum_of_the_new_connection()
    {
        using var server = new ScriptedServer();
        await using var client = Client(server);
        using (var first = await server.AcceptAsync(s_newSession))
        {
            for (var i = 0; i < 3; i++) _ = client.PublishAsync("t", new[] { (byte)i });
            for (var i = 0; i < 3; i++) await first.ReceivePublishAsync();
        }
        using var second = await server.AcceptAsync(new ConnAckPacket { SessionPresent = true, ReceiveMaximum = 1 });
        _ = client.PublishAsync("t", new[] { (byte)3 });
        for (var i = 0; i < 4; i++)
        {
            var packet = await second.ReceivePublishAsync();
            packet.Payload.Span[0].ShouldBe((byte)i);
            packet.Dup.ShouldBe(i < 3);
            (await second.IsSilentAsync()).ShouldBeTrue();
            await second.SendAsync(new AckPacket(ControlPacketType.PubAck, packet.PacketIdentifier));
        }
    }

    [Fact]
    public async Task A_released_QoS_2_message_goes_on_with_its_PUBREL()
    {
        using var server = new ScriptedServer();
        await using var client = Client(server);
        Task<PublishResult> publishing;
        ushort identifier;
        using (var first = await server.AcceptAsync(s_newSession))
        {
            publishing = client.PublishAsync("t", default, QualityOfService.ExactlyOnce);
            identifier = (await first.ReceivePublishAsync()).PacketIdentifier;
            await first.SendAsync(new AckPacket(ControlPacketType.PubRec, identifier));
            await first.ReceiveAsync(ControlPacketType.PubRel);
        }
        using var second = await server.AcceptAsync(s_oldSession);
        (await second.ReceiveAsync(ControlPacketType.PubRel)).Ack.PacketIdentifier.ShouldBe(identifier);
        await second.SendAsync(new AckPacket(ControlPacketType.PubComp, identifier));
        (await publishing.WaitAsync(ScriptedServer.Patience)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_sent_fails_when_the_server_has_lost_the_session_and_what_waited_is_sent()
    {
        using var server = new ScriptedServer();
        await using var client = Client(server, new MqttClientOptions { Transport = server.Transport, InFlightMax = 1 });
        Task<PublishResult> sent, waiting;
        using (var first = await server.AcceptAsync(s_newSession))
        {
            sent = client.PublishAsync("sent", default);
            waiting = client.PublishAsync("waiting", default);
            await first.ReceivePublishAsync();
        }
        using var second = await server.AcceptAsync(s_newSession);
        await Should.ThrowAsync<MqttConnectionLostException>(sent.WaitAsync(ScriptedServer.Patience));
        var packet = await second.ReceivePublishAsync();
        packet.GetTopic().ShouldBe("waiting");
        packet.Dup.ShouldBeFalse();
        await second.SendAsync(new AckPacket(ControlPacketType.PubAck, packet.PacketIdentifier));
        (await waiting.WaitAsync(ScriptedServer.Patience)).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task A_QoS_2_message_that_was_handled_is_not_handled_again_on_the_next_connection()
    {
        using var server = new ScriptedServer();
        var handled = Channel.CreateUnbounded<string>();
        await using var client = Client(server, new MqttClientOptions
        {
            Transport = server.Transport,
            OnMessage = (message, token) => handled.Writer.WriteAsync(message.Topic, token),
        });
        var message = new PublishPacket { Topic = "once"u8.ToArray(), Qos = QualityOfService.ExactlyOnce, PacketIdentifier = 4 };
        using (var first = await server.AcceptAsync(s_newSession))
        {
            await first.SendAsync(message);
            await first.ReceiveAsync(ControlPacketType.PubRec);
        }
        using var second = await server.AcceptAsync(s_oldSession);
        await second.SendAsync(message with { Dup = true });
        (await second.ReceiveAsync(ControlPacketType.PubRec)).Ack.PacketIdentifier.ShouldBe((ushort)4);
        await second.SendAsync(new AckPacket(ControlPacketType.PubRel, 4));
        (await second.ReceiveAsync(ControlPacketType.PubComp)).Ack.ReasonCode.ShouldBe(ReasonCode.Success);
        (await handled.Reader.ReadAsync()).ShouldBe("once");
        handled.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Each_connection_is_greeted_and_its_end_is_told()
    {
        using var server = new ScriptedServer();
        var ends = Channel.CreateUnbounded<ConnectionClosed>();
        await using var client = Client(server, reconnect: new ReconnectOptions
        {
            DelayMin = TimeSpan.FromMilliseconds(1),
            OnConnected = async (connection, token) => await connection.SubscribeAsync([new Subscription("commands/#", QualityOfService.AtLeastOnce)], cancellationToken: token),
            OnDisconnected = closed => ends.Writer.TryWrite(closed),
        });
        for (var i = 0; i < 2; i++)
        {
            using var connection = await server.AcceptAsync(s_newSession);
            await connection.ReceiveAsync(ControlPacketType.Subscribe);
            await connection.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket { ReasonCode = ReasonCode.ServerShuttingDown });
            (await ends.Reader.ReadAsync().AsTask().WaitAsync(ScriptedServer.Patience)).ReasonCode.ShouldBe(ReasonCode.ServerShuttingDown);
        }
    }

    [Fact]
    public async Task A_greeting_that_fails_is_followed_by_another_attempt()
    {
        using var server = new ScriptedServer();
        var greetings = 0;
        await using var client = Client(server, reconnect: new ReconnectOptions
        {
            DelayMin = TimeSpan.FromMilliseconds(1),
            OnConnected = (_, _) => ++greetings == 1 ? throw new InvalidOperationException("not today") : ValueTask.CompletedTask,
        });
        using (var first = await server.AcceptAsync(s_newSession)) await first.ReceiveAsync(ControlPacketType.Disconnect);
        using var second = await server.AcceptAsync(s_newSession);
        var publishing = client.PublishAsync("t", default);
        await second.ReceivePublishAsync();
        publishing.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_final_refusal_ends_it_and_fails_what_waits()
    {
        using var server = new ScriptedServer();
        await using var client = Client(server, reconnect: new ReconnectOptions
        {
            DelayMin = TimeSpan.FromMilliseconds(1),
            GiveUpOn = failure => failure is MqttConnectRefusedException { ConnAck.ReasonCode: ReasonCode.Banned },
        });
        var waiting = client.PublishAsync("t", default);
        using (await server.AcceptAsync(new ConnAckPacket { ReasonCode = ReasonCode.ServerBusy })) waiting.IsCompleted.ShouldBeFalse();
        using var second = await server.AcceptAsync(new ConnAckPacket { ReasonCode = ReasonCode.Banned });
        await Should.ThrowAsync<MqttConnectRefusedException>(client.Completion.WaitAsync(ScriptedServer.Patience));
        await Should.ThrowAsync<MqttConnectRefusedException>(waiting);
        await Should.ThrowAsync<MqttConnectRefusedException>(client.PublishAsync("t", default));
    }

    [Fact]
    public async Task Disposing_sends_DISCONNECT_and_fails_what_has_no_answer()
    {
        using var server = new ScriptedServer();
        var client = Client(server);
        var connection = await server.AcceptAsync(s_newSession);
        var publishing = client.PublishAsync("t", default);
        await connection.ReceivePublishAsync();
        var disposing = client.DisposeAsync().AsTask();
        await connection.ReceiveAsync(ControlPacketType.Disconnect);
        connection.Dispose();
        await disposing.WaitAsync(ScriptedServer.Patience);
        await Should.ThrowAsync<MqttConnectionLostException>(publishing);
        await client.Completion;
    }

    [Fact]
    public void The_delay_doubles_to_its_maximum_with_jitter_between_half_and_all_of_it()
    {
        var options = new ReconnectOptions { DelayMin = TimeSpan.FromSeconds(1), DelayMax = TimeSpan.FromSeconds(60), Random = new Random(1) };
        double[] full = [1, 2, 4, 8, 16, 32, 60, 60];
        for (var attempt = 1; attempt <= full.Length; attempt++)
        {
            var delays = Enumerable.Range(0, 200).Select(_ => options.Delay(attempt).TotalSeconds).ToList();
            delays.ShouldAllBe(delay => delay >= full[attempt - 1] / 2 && delay <= full[attempt - 1]);
            delays.Distinct().Count().ShouldBeGreaterThan(100);
        }
        options.Delay(1_000_000).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_connection_that_has_lasted_begins_the_delays_anew()
    {
        using var server = new ScriptedServer();
        var clock = new FakeClock();
        var ends = Channel.CreateUnbounded<ConnectionClosed>();
        var reconnect = new ReconnectOptions
        {
            DelayMin = TimeSpan.FromSeconds(1),
            DelayMax = TimeSpan.FromHours(1),
            StableAfter = TimeSpan.FromSeconds(30),
            OnDisconnected = closed => ends.Writer.TryWrite(closed),
        };
        await using var client = Client(server, new MqttClientOptions { Transport = server.Transport, TimeProvider = clock }, reconnect);
        // Short connections: each delay is twice the one before.
        for (var failures = 1; failures <= 4; failures++)
        {
            (await server.AcceptAsync(s_newSession)).Dispose();
            await WaitForRetryAsync();
            clock.Advance(TimeSpan.FromSeconds(Math.Pow(2, failures - 1)));
        }
        using (await server.AcceptAsync(s_newSession))
        {
            while (client.Current is null) await Task.Delay(5);
            clock.Advance(TimeSpan.FromSeconds(31));
        }
        await WaitForRetryAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        using var last = await server.AcceptAsync(s_newSession);

        async Task WaitForRetryAsync()
        {
            await ends.Reader.ReadAsync().AsTask().WaitAsync(ScriptedServer.Patience);
            while (clock.TimersWaiting == 0) await Task.Delay(5);
        }
    }
}
