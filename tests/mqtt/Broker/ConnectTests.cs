using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class ConnectTests
{
    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_client_of_either_version_connects_and_is_announced(MqttVersion version)
    {
        await using var server = await TestServer.StartAsync();
        var (client, answer) = await server.ConnectWithAnswerAsync("one", version);
        answer.SessionPresent.ShouldBeFalse();
        server.Application.ConnectedClients.ShouldBe([("one", false)]);
        server.Server.Clients.Single().ClientIdentifier.ShouldBe("one");
        server.Server.ConnectionCount.ShouldBe(1);

        await client.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket());
        await client.ExpectEndAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the disconnection is told");
        server.Application.DisconnectedClients.Single().Cause.By.ShouldBe(DisconnectedBy.Client);
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 0, "the connection is gone");
        server.Server.SessionCount.ShouldBe(0);
    }

    [Fact]
    public async Task The_CONNACK_tells_the_limits_of_the_server()
    {
        await using var server = await TestServer.StartAsync(o =>
        {
            o.ReceiveMaximum = 7;
            o.PacketBytesMax = 5000;
            o.TopicAliasMaximum = 3;
            o.SessionExpiryMax = TimeSpan.FromHours(1);
        });
        var (_, answer) = await server.ConnectWithAnswerAsync("one", expiry: uint.MaxValue);
        answer.ReceiveMaximum.ShouldBe((ushort)7);
        answer.MaximumPacketSize.ShouldBe(5000u);
        answer.TopicAliasMaximum.ShouldBe((ushort)3);
        answer.SessionExpiryInterval.ShouldBe(3600u);
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(120, 60)]
    [InlineData(30, null)]
    public async Task A_Keep_Alive_over_the_servers_is_answered_with_the_servers(ushort asked, int? told)
    {
        await using var server = await TestServer.StartAsync(o => o.KeepAliveMax = TimeSpan.FromSeconds(60));
        var (_, answer) = await server.ConnectWithAnswerAsync("one", with: new ConnectPacket { KeepAlive = asked });
        answer.ServerKeepAlive.ShouldBe((ushort?)told);
    }

    [Fact]
    public async Task An_empty_Client_Identifier_gets_an_assigned_one()
    {
        await using var server = await TestServer.StartAsync();
        var (_, first) = await server.ConnectWithAnswerAsync("");
        var (_, second) = await server.ConnectWithAnswerAsync("");
        first.AssignedClientIdentifier.ShouldNotBeNullOrEmpty();
        second.AssignedClientIdentifier.ShouldNotBe(first.AssignedClientIdentifier);
    }

    [Fact]
    public async Task A_3_1_1_client_without_identifier_and_clean_session_is_refused_with_return_code_2()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.OpenAsync(MqttVersion.V311);
        await client.SendAsync(Convert.FromHexString("100C00044D51545404000000" + "0000"));
        (await client.ExpectAsync<ConnAckPacket>()).ReasonCode.ShouldBe(ReasonCode.ClientIdentifierNotValid);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_refused_client_reads_the_Reason_Code_and_the_Reason_String()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAuthenticate = _ => new AuthenticationOutcome.Refused(ReasonCode.BadUserNameOrPassword, "The token has expired.");
        var (five, answer) = await server.ConnectWithAnswerAsync("five");
        answer.ReasonCode.ShouldBe(ReasonCode.BadUserNameOrPassword);
        answer.ReasonString.ShouldBe("The token has expired.");
        await five.ExpectEndAsync();

        var (old, oldAnswer) = await server.ConnectWithAnswerAsync("old", MqttVersion.V311);
        oldAnswer.ReasonCode.ShouldBe(ReasonCode.BadUserNameOrPassword);
        await old.ExpectEndAsync();
        server.Application.ConnectedClients.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fault_of_the_authenticator_refuses_with_Server_unavailable()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAuthenticate = _ => throw new InvalidOperationException("the database is away");
        var (_, answer) = await server.ConnectWithAnswerAsync("one");
        answer.ReasonCode.ShouldBe(ReasonCode.ServerUnavailable);
    }

    [Fact]
    public async Task The_authenticator_sees_what_the_client_said()
    {
        await using var server = await TestServer.StartAsync();
        AuthenticationRequest? seen = null;
        server.Application.OnAuthenticate = request =>
        {
            seen = request;
            return new AuthenticationOutcome.Accepted(new TestIdentity("gateway-1"));
        };
        await server.ConnectAsync("one", with: new ConnectPacket { UserName = "u", Password = "p"u8.ToArray() });
        seen!.ClientIdentifier.ShouldBe("one");
        seen.UserName.ShouldBe("u");
        seen.Password!.Value.ToArray().ShouldBe("p"u8.ToArray());
        seen.Version.ShouldBe(MqttVersion.V500);
        seen.RemoteEndPoint.ShouldNotBeNull();
        seen.IsEncrypted.ShouldBeFalse();
        server.Server.Clients.Single().Identity.Key.ShouldBe("gateway-1");
    }

    [Fact]
    public async Task A_second_CONNECT_is_a_protocol_error()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SendAsync(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "one" });
        await client.ExpectDisconnectAsync(ReasonCode.ProtocolError);
    }

    [Fact]
    public async Task Anything_before_the_CONNECT_closes_the_connection_without_an_answer()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.OpenAsync();
        await client.SendAsync(ControlPacketType.PingReq);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_socket_that_sends_no_CONNECT_is_closed_in_time()
    {
        await using var server = await TestServer.StartAsync(o => o.ConnectTimeout = TimeSpan.FromMilliseconds(200));
        await using var client = await server.OpenAsync();
        await client.SendAsync([0x10, 0x20, 0x00, 0x04]);
        await client.ExpectEndAsync();
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 0, "the connection is gone");
    }

    [Fact]
    public async Task A_CONNECT_over_its_limit_is_refused_before_it_is_there()
    {
        await using var server = await TestServer.StartAsync(o => o.ConnectPacketBytesMax = 1000);
        await using var client = await server.OpenAsync();
        await client.SendAsync([0x10, 0xE9, 0x07]); // announces 1,001 bytes
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Packets_sent_behind_the_CONNECT_without_waiting_are_served()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await server.OpenAsync();
        await client.SendAsync(
            new MqttPacket(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "hasty", CleanStart = true }),
            RawClient.Publish("a", "1", qos: 1, id: 5),
            new MqttPacket(ControlPacketType.PingReq));
        (await client.ExpectAsync<ConnAckPacket>()).ReasonCode.ShouldBe(ReasonCode.Success);
        ControlPacketType[] answers = [(await client.ReceiveAsync()).Type, (await client.ReceiveAsync()).Type];
        answers.ShouldBe([ControlPacketType.PubAck, ControlPacketType.PingResp], ignoreOrder: true);
    }

    [Fact]
    public async Task An_identity_has_no_more_connections_than_its_limit_and_a_take_over_does_not_count()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAuthenticate = _ => new AuthenticationOutcome.Accepted(new TestIdentity("shop"))
        {
            Limits = new ClientLimits { ConnectionsPerIdentityMax = 2 },
        };
        await server.ConnectAsync("one");
        await server.ConnectAsync("two");
        var (_, third) = await server.ConnectWithAnswerAsync("three");
        third.ReasonCode.ShouldBe(ReasonCode.QuotaExceeded);
        await server.ConnectAsync("two");
        server.Server.Clients.Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_Will_that_is_not_authorized_refuses_the_CONNECT()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnPublish = topic => topic == "mine" ? Authorization.Allowed : Authorization.NotAuthorized("Not yours.");
        var (_, answer) = await server.ConnectWithAnswerAsync("one", with: new ConnectPacket { Will = new Will { Topic = "theirs" } });
        answer.ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
        answer.ReasonString.ShouldBe("Not yours.");
    }

    [Fact]
    public async Task Connections_beyond_the_servers_limit_are_closed_and_others_go_on()
    {
        await using var server = await TestServer.StartAsync(o => o.ConnectionsMax = 1);
        var first = await server.ConnectAsync("one");
        await using (var second = await server.OpenAsync()) await second.ExpectEndAsync();
        await first.PingAsync();
    }
}
