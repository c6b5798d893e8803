using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>How connections end, and how credentials are renewed.</summary>
public sealed class LifeTests
{
    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_client_that_is_silent_for_one_and_a_half_Keep_Alives_is_disconnected(MqttVersion version)
    {
        AheadClock clock = new();
        await using var server = await TestServer.StartAsync(clock: clock);
        var client = await server.ConnectAsync("one", version, with: new ConnectPacket { KeepAlive = 400 });
        for (int i = 0; i < 4; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(500));
            await client.PingAsync();
        }

        Task end = client.ExpectDisconnectAsync(ReasonCode.KeepAliveTimeout);
        while (!end.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(601)); // again, if the server was not yet back at waiting for the client
            await Task.WhenAny(end, Task.Delay(1000));
        }

        await end;
    }

    [Fact]
    public async Task A_client_whose_messages_are_still_with_the_application_is_not_silent()
    {
        var gate = new TaskCompletionSource();
        AheadClock clock = new();
        await using var server = await TestServer.StartAsync(o => o.PendingMessagesMax = 1, clock: clock);
        server.Application.OnAccept = _ => gate.Task;
        var client = await server.ConnectAsync("one", with: new ConnectPacket { KeepAlive = 20 });
        await client.PublishAsync("a", "1", 1, 1);
        await client.PingAsync();
        await client.PublishAsync("a", "2", 1, 2); // fills what may wait: nothing is read from here
        await client.ExpectQuietAsync(200);
        clock.Advance(TimeSpan.FromMinutes(2));
        await client.ExpectQuietAsync(200);
        gate.SetResult();
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
    }

    [Fact]
    public async Task Credentials_that_expire_end_the_connection_and_the_session_stays()
    {
        AheadClock clock = new();
        await using var server = await TestServer.StartAsync(clock: clock);
        server.Application.OnAuthenticate = _ => new AuthenticationOutcome.Accepted(new TestIdentity("one")) { ExpiresAt = clock.GetUtcNow().AddMinutes(10) };
        var client = await server.ConnectAsync("one", expiry: 100);
        clock.Advance(TimeSpan.FromMinutes(9));
        await client.PingAsync();
        clock.Advance(TimeSpan.FromMinutes(1));
        await client.ExpectDisconnectAsync(ReasonCode.MaximumConnectTime);
        (await server.ConnectWithAnswerAsync("one", clean: false)).Answer.SessionPresent.ShouldBeTrue();
    }

    [Fact]
    public async Task A_client_renews_its_credentials_within_the_connection()
    {
        AheadClock clock = new();
        await using var server = await TestServer.StartAsync(clock: clock);
        server.Application.OnAuthenticate = request => new AuthenticationOutcome.Accepted(new TestIdentity("one"))
        {
            ExpiresAt = clock.GetUtcNow().AddMinutes(request.Step == AuthenticationStep.Connect ? 5 : 100),
            Data = request.Data is { } data ? "welcome "u8.ToArray().Concat(data.ToArray()).ToArray() : null,
        };
        var client = await server.ConnectAsync("one", with: new ConnectPacket { AuthenticationMethod = "token", AuthenticationData = "t1"u8.ToArray() });
        await client.SendAsync(ControlPacketType.Auth, new AuthPacket { ReasonCode = ReasonCode.ReAuthenticate, AuthenticationMethod = "token", AuthenticationData = "t2"u8.ToArray() });
        var answer = await client.ExpectAsync<AuthPacket>();
        answer.ReasonCode.ShouldBe(ReasonCode.Success);
        answer.AuthenticationData!.Value.ToArray().ShouldBe("welcome t2"u8.ToArray());
        clock.Advance(TimeSpan.FromMinutes(8));
        await client.ExpectQuietAsync(100);
        await client.PingAsync();
    }

    [Fact]
    public async Task An_exchange_of_several_steps_ends_in_a_CONNACK()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAuthenticate = request => request.Step == AuthenticationStep.Connect
            ? new AuthenticationOutcome.Continue("riddle"u8.ToArray(), State: 42)
            : (request.State, request.Data!.Value.Length) is (42, 6)
                ? new AuthenticationOutcome.Accepted(new TestIdentity("one")) { Data = "done"u8.ToArray() }
                : new AuthenticationOutcome.Refused(ReasonCode.NotAuthorized);
        await using var client = await server.OpenAsync();
        await client.SendAsync(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "one", AuthenticationMethod = "riddles" });
        var question = await client.ExpectAsync<AuthPacket>();
        (question.ReasonCode, question.AuthenticationMethod).ShouldBe((ReasonCode.ContinueAuthentication, "riddles"));
        await client.SendAsync(ControlPacketType.Auth, new AuthPacket { ReasonCode = ReasonCode.ContinueAuthentication, AuthenticationMethod = "riddles", AuthenticationData = "answer"u8.ToArray() });
        var accepted = await client.ExpectAsync<ConnAckPacket>();
        accepted.ReasonCode.ShouldBe(ReasonCode.Success);
        accepted.AuthenticationData!.Value.ToArray().ShouldBe("done"u8.ToArray());
        await client.PingAsync();
    }

    [Fact]
    public async Task Nothing_but_AUTH_goes_on_with_an_exchange()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAuthenticate = _ => new AuthenticationOutcome.Continue(null);
        await using var client = await server.OpenAsync();
        await client.SendAsync(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "one", AuthenticationMethod = "riddles" });
        await client.ExpectAsync<AuthPacket>();
        await client.PublishAsync("a", "x");
        await client.ExpectEndAsync();
        server.Application.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, "token")]
    [InlineData("token", "other")]
    public async Task AUTH_by_a_method_the_CONNECT_did_not_name_is_a_protocol_error(string? connected, string method)
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", with: new ConnectPacket { AuthenticationMethod = connected });
        await client.SendAsync(ControlPacketType.Auth, new AuthPacket { ReasonCode = ReasonCode.ReAuthenticate, AuthenticationMethod = method });
        await client.ExpectDisconnectAsync(ReasonCode.ProtocolError);
    }

    [Fact]
    public async Task A_renewal_that_is_refused_or_names_another_identity_ends_the_connection()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var (outcome, code) in new (AuthenticationOutcome, ReasonCode)[]
        {
            (new AuthenticationOutcome.Refused(ReasonCode.BadUserNameOrPassword), ReasonCode.NotAuthorized), // DISCONNECT has no word of its own for it
            (new AuthenticationOutcome.Accepted(new TestIdentity("mallory")), ReasonCode.NotAuthorized),
        })
        {
            server.Application.OnAuthenticate = request => request.Step == AuthenticationStep.Connect ? new AuthenticationOutcome.Accepted(new TestIdentity("alice")) : outcome;
            var client = await server.ConnectAsync("one", with: new ConnectPacket { AuthenticationMethod = "token" });
            await client.SendAsync(ControlPacketType.Auth, new AuthPacket { ReasonCode = ReasonCode.ReAuthenticate, AuthenticationMethod = "token" });
            await client.ExpectDisconnectAsync(code);
        }
    }

    [Fact]
    public async Task All_connections_of_an_identity_end_at_once_and_others_stay()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAuthenticate = request => new AuthenticationOutcome.Accepted(new TestIdentity(request.UserName!));
        var first = await server.ConnectAsync("1", with: new ConnectPacket { UserName = "revoked" });
        var second = await server.ConnectAsync("2", with: new ConnectPacket { UserName = "revoked" });
        var other = await server.ConnectAsync("3", with: new ConnectPacket { UserName = "fine" });
        server.Server.DisconnectIdentity("revoked", ReasonCode.NotAuthorized, "Revoked.").ShouldBe(2);
        server.Server.Clients.Select(c => c.ClientIdentifier).ShouldBe(["3"]);
        await first.ExpectDisconnectAsync(ReasonCode.NotAuthorized);
        await second.ExpectDisconnectAsync(ReasonCode.NotAuthorized);
        await other.PingAsync();
    }

    [Fact]
    public async Task What_a_client_sends_after_it_was_disconnected_is_not_looked_at()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        server.Server.Disconnect("one", ReasonCode.AdministrativeAction).ShouldBeTrue();
        await client.PublishAsync("a", "too late", 1, 1);
        await client.ExpectDisconnectAsync(ReasonCode.AdministrativeAction);
        server.Application.Seen.ShouldBeEmpty();
        server.Server.Disconnect("one", ReasonCode.AdministrativeAction).ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_stops_says_so_and_acknowledges_what_the_application_has()
    {
        var gate = new TaskCompletionSource();
        var server = await TestServer.StartAsync();
        server.Application.OnAccept = _ => gate.Task;
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a", "x", 1, 1);
        await client.PingAsync();
        var stopping = server.Server.StopAsync();
        await client.ExpectDisconnectAsync(ReasonCode.ServerShuttingDown);
        stopping.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        await stopping;
        await server.DisposeAsync();
        server.Application.DisconnectedClients.Single().Cause.ReasonCode.ShouldBe(ReasonCode.ServerShuttingDown);
    }

    [Fact]
    public async Task A_server_that_stops_publishes_the_Wills_of_those_it_disconnects()
    {
        var server = await TestServer.StartAsync();
        await server.ConnectAsync("one", with: new ConnectPacket { Will = new Will { Topic = "status", Payload = "gone"u8.ToArray() } });
        await server.DisposeAsync();
        server.Application.Seen.Single().IsWill.ShouldBeTrue();
    }

    [Fact]
    public async Task Only_a_PUBLISH_may_be_as_large_as_the_largest_packet()
    {
        await using var server = await TestServer.StartAsync(o => o.ControlPacketBytesMax = 2000);
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a", new string('x', 5000), 1, 1);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        await client.SendAsync([0x82, 0xD0, 0x0F]); // SUBSCRIBE of 2,003 bytes
        await client.ExpectDisconnectAsync(ReasonCode.PacketTooLarge);
    }

    [Fact]
    public async Task A_malformed_packet_is_answered_with_its_Reason_Code()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SendAsync([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01]); // PUBLISH with QoS 3
        await client.ExpectDisconnectAsync(ReasonCode.MalformedPacket);
        var old = await server.ConnectAsync("two", MqttVersion.V311);
        await old.SendAsync([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01]);
        await old.ExpectEndAsync();
    }
}
