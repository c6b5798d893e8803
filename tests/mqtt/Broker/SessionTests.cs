using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class SessionTests
{
    private static readonly Subscription ToA = new("a", QualityOfService.AtLeastOnce);

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_session_with_its_subscriptions_outlives_the_connection_until_a_clean_start(MqttVersion version)
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", version, clean: false, expiry: 100);
        await client.SubscribeAsync(ToA);
        await client.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket());
        await client.ExpectEndAsync();

        var (second, answer) = await server.ConnectWithAnswerAsync("one", version, clean: false, expiry: 100);
        answer.SessionPresent.ShouldBeTrue();
        await server.Server.PublishAsync(new MqttMessage { Topic = "a", Payload = "x"u8.ToArray() });
        await second.ExpectPublishAsync("x");

        (await server.ConnectWithAnswerAsync("one", version, clean: true)).Answer.SessionPresent.ShouldBeFalse();
        server.Server.SubscriptionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_without_expiry_interval_ends_with_its_connection()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", clean: false);
        await client.SubscribeAsync(ToA);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => server.Server.SessionCount == 0, "the session has ended");
        server.Server.SubscriptionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_ends_when_its_expiry_interval_is_over_and_the_server_is_told_what_was_lost()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", expiry: 1);
        await client.SubscribeAsync(ToA);
        await client.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the client is away");
        await server.Server.PublishAsync(new MqttMessage { Topic = "a", Payload = "x"u8.ToArray(), Qos = QualityOfService.AtLeastOnce });
        server.Server.SessionCount.ShouldBe(1);
        await Eventually.BeAsync(() => server.Server.SessionCount == 0, "the session has ended");
        server.Application.DroppedMessages.ShouldBe([("one", "a", DropReason.SessionEnded)]);
    }

    [Fact]
    public async Task DISCONNECT_changes_the_expiry_interval()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", expiry: 100);
        await client.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket { SessionExpiryInterval = 0 });
        await client.ExpectEndAsync();
        await Eventually.BeAsync(() => server.Server.SessionCount == 0, "the session has ended");
    }

    [Fact]
    public async Task DISCONNECT_cannot_revive_a_session_that_was_to_end_with_its_connection()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", expiry: 0);
        await client.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket { SessionExpiryInterval = 10 });
        await client.ExpectDisconnectAsync(ReasonCode.ProtocolError);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_second_connection_takes_the_session_over_and_the_first_is_told(MqttVersion version)
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.ConnectAsync("one", version, clean: false, expiry: 100);
        await first.SubscribeAsync(ToA);
        var (second, answer) = await server.ConnectWithAnswerAsync("one", version, clean: false, expiry: 100);
        answer.SessionPresent.ShouldBeTrue();
        await first.ExpectDisconnectAsync(ReasonCode.SessionTakenOver);
        await server.Server.PublishAsync(new MqttMessage { Topic = "a", Payload = "x"u8.ToArray() });
        await second.ExpectPublishAsync("x");
    }

    [Fact]
    public async Task A_late_end_of_the_old_connection_does_not_touch_the_new_ones_session()
    {
        var gate = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = batch => batch[0].Topic == "slow" ? gate.Task : Task.CompletedTask;
        var first = await server.ConnectAsync("one", expiry: 100);
        await first.SubscribeAsync(ToA);
        await first.PublishAsync("slow", "x", 1, 1);
        await first.PingAsync();

        // The new connection waits for what the application still has of the old one, and then begins.
        var opening = server.ConnectWithAnswerAsync("one", clean: false, expiry: 100);
        await first.ExpectDisconnectAsync(ReasonCode.SessionTakenOver);
        (await Task.WhenAny(opening, Task.Delay(150))).ShouldNotBe(opening);
        gate.SetResult();
        var (second, answer) = await opening;
        answer.SessionPresent.ShouldBeTrue();
        server.Application.DisconnectedClients.Single().Cause.ReasonCode.ShouldBe(ReasonCode.SessionTakenOver);

        await first.DisposeAsync();
        await Task.Delay(100);
        await server.Server.PublishAsync(new MqttMessage { Topic = "a", Payload = "still here"u8.ToArray() });
        await second.ExpectPublishAsync("still here");
        server.Server.Clients.Count().ShouldBe(1);
    }

    [Fact]
    public async Task Of_many_connections_that_take_each_other_over_one_stays()
    {
        await using var server = await TestServer.StartAsync();
        var attempts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var client = await server.OpenAsync();
            await client.SendAsync(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "one", CleanStart = true, SessionExpiryInterval = 100 });
            return client;
        }));
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 1 && server.Server.Clients.Count() == 1, "one is left");
        server.Server.SessionCount.ShouldBe(1);
        foreach (var attempt in attempts) await attempt.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_gets_the_session_or_the_connection_of_another_identity()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAuthenticate = request => new AuthenticationOutcome.Accepted(new TestIdentity(request.UserName!));
        var mine = await server.ConnectAsync("id", expiry: 100, with: new ConnectPacket { UserName = "alice" });
        var (_, answer) = await server.ConnectWithAnswerAsync("id", clean: false, with: new ConnectPacket { UserName = "mallory" });
        answer.ReasonCode.ShouldBe(ReasonCode.ClientIdentifierNotValid);
        await mine.PingAsync();
        await mine.DisposeAsync();
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 0, "all are gone");
        (_, answer) = await server.ConnectWithAnswerAsync("id", clean: false, with: new ConnectPacket { UserName = "mallory" });
        answer.ReasonCode.ShouldBe(ReasonCode.ClientIdentifierNotValid);
        (_, answer) = await server.ConnectWithAnswerAsync("id", clean: false, with: new ConnectPacket { UserName = "alice" });
        answer.SessionPresent.ShouldBeTrue();
    }

    [Fact]
    public async Task A_resumed_session_loses_the_subscriptions_that_are_no_longer_allowed()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one", expiry: 100);
        await client.SubscribeAsync(ToA, new Subscription("b", QualityOfService.AtMostOnce));
        await client.DisposeAsync();
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 0, "the client is away");
        server.Application.OnSubscribe = filter => filter.Filter == "a" ? Authorization.NotAuthorized() : Authorization.Allowed;
        await server.ConnectAsync("one", clean: false, expiry: 100);
        server.Server.SubscriptionCount.ShouldBe(1);
    }

    [Fact]
    public async Task New_clients_are_refused_when_the_server_has_as_many_sessions_as_it_may()
    {
        await using var server = await TestServer.StartAsync(o => o.SessionsMax = 1);
        await server.ConnectAsync("one", expiry: 100);
        (await server.ConnectWithAnswerAsync("two")).Answer.ReasonCode.ShouldBe(ReasonCode.QuotaExceeded);
        (await server.ConnectWithAnswerAsync("one", clean: false, expiry: 100)).Answer.SessionPresent.ShouldBeTrue();
    }
}
