using System.Net.Sockets;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Mqtt.Codec;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

public sealed class ConnectTests
{
    [Fact]
    public async Task The_CONNECT_is_the_one_that_was_given_and_the_CONNACK_can_be_read()
    {
        using var server = new ScriptedServer();
        var connect = new ConnectPacket
        {
            ClientIdentifier = "gateway",
            UserName = "g",
            Password = "token"u8.ToArray(),
            KeepAlive = 30,
            SessionExpiryInterval = 3600,
            Will = new Will { Topic = "status", Payload = "gone"u8.ToArray(), Retain = true },
        };
        var (client, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport }, connect, new ConnAckPacket { SessionPresent = true, ReceiveMaximum = 7 });
        using var connectionEnd = connection;
        Wire.Describe(new MqttPacket(ControlPacketType.Connect, connection.Connect)).ShouldBe(Wire.Describe(new MqttPacket(ControlPacketType.Connect, connect)));
        client.ConnAck.SessionPresent.ShouldBeTrue();
        client.ConnAck.ReceiveMaximum.ShouldBe((ushort)7);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_refusal_is_told_with_its_Reason_Code(MqttVersion version)
    {
        using var server = new ScriptedServer();
        var accepting = server.AcceptAsync(new ConnAckPacket { ReasonCode = ReasonCode.NotAuthorized, ReasonString = "expired" });
        var refused = await Should.ThrowAsync<MqttConnectRefusedException>(
            MqttClient.ConnectAsync(new MqttClientOptions { Transport = server.Transport }, new ConnectPacket { Version = version, CleanStart = true }));
        refused.ConnAck.ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        refused.ConnAck.ReasonString.ShouldBe(version == MqttVersion.V500 ? "expired" : null);
        using var connection = await accepting;
        await connection.ReceiveEndAsync();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_a_lost_connection()
    {
        using var server = new ScriptedServer();
        var transport = server.Transport;
        server.Dispose();
        var lost = await Should.ThrowAsync<MqttConnectionLostException>(
            MqttClient.ConnectAsync(new MqttClientOptions { Transport = transport }, new ConnectPacket()));
        lost.InnerException.ShouldBeOfType<SocketException>();
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up_after_the_timeout()
    {
        using var server = new ScriptedServer();
        var clock = new FakeClock();
        var connecting = MqttClient.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport, TimeProvider = clock, ConnectTimeout = TimeSpan.FromSeconds(5) }, new ConnectPacket());
        using var connection = await server.AcceptAsync();
        clock.Advance(TimeSpan.FromSeconds(4.9));
        connecting.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(0.2));
        var lost = await Should.ThrowAsync<MqttConnectionLostException>(connecting.WaitAsync(ScriptedServer.Patience));
        lost.InnerException.ShouldBeOfType<TimeoutException>();
        await connection.ReceiveEndAsync();
    }

    [Fact]
    public async Task A_caller_who_cancels_gets_a_cancellation()
    {
        using var server = new ScriptedServer();
        using var cancel = new CancellationTokenSource();
        var connecting = MqttClient.ConnectAsync(new MqttClientOptions { Transport = server.Transport }, new ConnectPacket(), cancel.Token);
        using var connection = await server.AcceptAsync();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(connecting.WaitAsync(ScriptedServer.Patience));
    }

    [Theory]
    [InlineData("D0 00", "MQTT-3.2.0-1")]
    [InlineData("20 {02 00 {}}", "MQTT-3.2.2-1")]
    [InlineData("20 {01 00 {}}", "MQTT-3.2.2-2")]
    public async Task What_is_no_CONNACK_of_this_connection_ends_it(string answer, string clause)
    {
        using var server = new ScriptedServer();
        var connecting = MqttClient.ConnectAsync(new MqttClientOptions { Transport = server.Transport }, new ConnectPacket { CleanStart = true });
        using var connection = await server.AcceptAsync();
        await connection.SendAsync(Wire.Bytes(answer));
        var lost = await Should.ThrowAsync<MqttConnectionLostException>(connecting.WaitAsync(ScriptedServer.Patience));
        lost.Message.ShouldContain(clause);
    }

    [Fact]
    public async Task Enhanced_authentication_goes_on_until_CONNACK()
    {
        using var server = new ScriptedServer();
        var connecting = MqttClient.ConnectAsync(
            new MqttClientOptions
            {
                Transport = server.Transport,
                OnAuthContinue = (auth, _) => ValueTask.FromResult<ReadOnlyMemory<byte>>(new byte[] { (byte)(auth.AuthenticationData!.Value.Span[0] + 1) }),
            },
            new ConnectPacket { AuthenticationMethod = "count", AuthenticationData = new byte[] { 1 } });
        using var connection = await server.AcceptAsync();
        await connection.SendAsync(ControlPacketType.Auth, new AuthPacket
        {
            ReasonCode = ReasonCode.ContinueAuthentication,
            AuthenticationMethod = "count",
            AuthenticationData = new byte[] { 5 },
        });
        var answer = (AuthPacket)(await connection.ReceiveAsync(ControlPacketType.Auth)).Body!;
        answer.AuthenticationMethod.ShouldBe("count");
        answer.AuthenticationData!.Value.ToArray().ShouldBe([6]);
        await connection.SendAsync(ControlPacketType.ConnAck, new ConnAckPacket { AuthenticationMethod = "count" });
        await using var client = await connecting.WaitAsync(ScriptedServer.Patience);
    }

    [Fact]
    public async Task DISCONNECT_is_sent_behind_all_that_was_published()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        for (var i = 0; i < 100; i++) await client.PublishAsync("t", new byte[1000], QualityOfService.AtMostOnce);
        var disconnecting = client.DisconnectAsync(new DisconnectPacket { ReasonCode = ReasonCode.DisconnectWithWillMessage, ReasonString = "bye" });
        for (var i = 0; i < 100; i++) (await connection.ReceivePublishAsync()).Payload.Length.ShouldBe(1000);
        ((DisconnectPacket)(await connection.ReceiveAsync(ControlPacketType.Disconnect)).Body!).ReasonString.ShouldBe("bye");
        connection.Dispose();
        await disconnecting.WaitAsync(ScriptedServer.Patience);
        (await client.Closed).ReasonCode.ShouldBe(ReasonCode.DisconnectWithWillMessage);
        await Should.ThrowAsync<MqttConnectionLostException>(client.PublishAsync("t", default));
    }

    [Fact]
    public async Task A_server_that_does_not_close_after_DISCONNECT_is_not_waited_for_longer_than_a_second()
    {
        using var server = new ScriptedServer();
        var clock = new FakeClock();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport, TimeProvider = clock });
        using var connectionEnd = connection;
        var disconnecting = client.DisconnectAsync();
        await connection.ReceiveAsync(ControlPacketType.Disconnect);
        while (clock.TimersWaiting == 0) await Task.Delay(5);
        clock.Advance(TimeSpan.FromSeconds(1));
        await disconnecting.WaitAsync(ScriptedServer.Patience);
        await connection.ReceiveEndAsync();
    }

    [Fact]
    public async Task The_servers_DISCONNECT_is_told_with_all_it_says()
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(new MqttClientOptions { Transport = server.Transport });
        using var connectionEnd = connection;
        var publishing = client.PublishAsync("t", default);
        var subscribing = client.SubscribeAsync([new Subscription("t", QualityOfService.AtMostOnce)]);
        await connection.ReceivePublishAsync();
        await connection.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket
        {
            ReasonCode = ReasonCode.UseAnotherServer,
            ReasonString = "moving",
            ServerReference = "other",
        });
        (await client.Closed.WaitAsync(ScriptedServer.Patience))
            .ShouldBe(new ConnectionClosed(ReasonCode.UseAnotherServer, "moving", ByServer: true, ServerReference: "other"));
        (await Should.ThrowAsync<MqttConnectionLostException>(publishing)).ReasonCode.ShouldBe(ReasonCode.UseAnotherServer);
        await Should.ThrowAsync<MqttConnectionLostException>(subscribing);
    }

    [Theory]
    [InlineData("00", 0x81)]
    [InlineData("20 {00 00 {}}", 0x82)]
    [InlineData("30 {0000 {23 0001}}", 0x94)]
    [InlineData("30 {0001 't' {23 0009}}", 0x94)]
    [InlineData("F0 {18 {15 0001 'm'}}", 0x82)]
    [InlineData("30 FFFFFF7F", 0x95)]
    public async Task A_server_that_breaks_the_protocol_is_told_so_and_left(string bytes, byte reasonCode)
    {
        using var server = new ScriptedServer();
        var (client, connection) = await server.ConnectAsync(
            new MqttClientOptions { Transport = server.Transport },
            new ConnectPacket { CleanStart = true, MaximumPacketSize = 1000, TopicAliasMaximum = 5 });
        await connection.SendAsync(Wire.Bytes(bytes));
        ((DisconnectPacket)(await connection.ReceiveAsync(ControlPacketType.Disconnect)).Body!).ReasonCode.ShouldBe((ReasonCode)reasonCode);
        connection.Dispose();
        var closed = await client.Closed.WaitAsync(ScriptedServer.Patience);
        closed.ReasonCode.ShouldBe((ReasonCode)reasonCode);
        closed.Cause.ShouldBeOfType<InvalidDataException>();
    }
}
