using Shouldly;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class WillTests
{
    private static ConnectPacket Will(uint delay = 0, bool retain = false) => new()
    {
        Will = new Will { Topic = "status", Payload = "gone"u8.ToArray(), Qos = QualityOfService.AtLeastOnce, Retain = retain, DelayInterval = delay },
    };

    private static async Task<RawClient> WatcherAsync(TestServer server)
    {
        var watcher = await server.ConnectAsync("watcher");
        await watcher.SubscribeAsync(new Subscription("status", QualityOfService.AtMostOnce));
        return watcher;
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_connection_that_breaks_publishes_the_Will_through_the_application(MqttVersion version)
    {
        await using var server = await TestServer.StartAsync();
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", version, with: Will(retain: true));
        await client.DisposeAsync();
        await watcher.ExpectPublishAsync("gone");
        server.Application.Seen.ShouldBe([new SeenMessage("one", "status", "gone", QualityOfService.AtLeastOnce, false, IsWill: true)]);
        server.Server.RetainedCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_normal_DISCONNECT_takes_the_Will_back()
    {
        await using var server = await TestServer.StartAsync();
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", with: Will());
        await client.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket());
        await client.ExpectEndAsync();
        await watcher.ExpectQuietAsync();
    }

    [Fact]
    public async Task DISCONNECT_with_Will_Message_publishes_it()
    {
        await using var server = await TestServer.StartAsync();
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", with: Will());
        await client.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket { ReasonCode = ReasonCode.DisconnectWithWillMessage });
        await watcher.ExpectPublishAsync("gone");
    }

    [Fact]
    public async Task A_protocol_error_publishes_the_Will()
    {
        await using var server = await TestServer.StartAsync();
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", with: Will());
        await client.SendAsync(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "one" });
        await watcher.ExpectPublishAsync("gone");
    }

    [Fact]
    public async Task A_client_that_is_back_within_the_Will_Delay_is_not_reported_gone()
    {
        AheadClock clock = new();
        await using var server = await TestServer.StartAsync(clock: clock);
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", expiry: 1000, with: Will(delay: 100));
        await client.DisposeAsync();
        client = await server.ConnectAsync("one", clean: false, expiry: 1000);
        clock.Advance(TimeSpan.FromSeconds(200));
        await watcher.ExpectQuietAsync(1500);
    }

    [Fact]
    public async Task The_Will_is_published_after_its_delay()
    {
        AheadClock clock = new();
        await using var server = await TestServer.StartAsync(clock: clock);
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", expiry: 1000, with: Will(delay: 100));
        await client.DisposeAsync();
        await watcher.ExpectQuietAsync(1500);
        clock.Advance(TimeSpan.FromSeconds(200));
        await watcher.ExpectPublishAsync("gone");
        server.Server.SessionCount.ShouldBe(2);
    }

    [Fact]
    public async Task The_end_of_the_session_publishes_a_Will_whose_delay_is_longer()
    {
        await using var server = await TestServer.StartAsync();
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", expiry: 0, with: Will(delay: 1000));
        await client.DisposeAsync();
        await watcher.ExpectPublishAsync("gone");
    }

    [Fact]
    public async Task A_clean_start_publishes_the_Will_that_still_waits()
    {
        await using var server = await TestServer.StartAsync();
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", expiry: 100, with: Will(delay: 1000));
        await client.DisposeAsync();
        await server.ConnectAsync("one", clean: true);
        await watcher.ExpectPublishAsync("gone");
    }

    [Fact]
    public async Task A_take_over_publishes_a_Will_without_delay()
    {
        await using var server = await TestServer.StartAsync();
        var watcher = await WatcherAsync(server);
        await server.ConnectAsync("one", expiry: 100, with: Will());
        await server.ConnectAsync("one", clean: false, expiry: 100);
        await watcher.ExpectPublishAsync("gone");
    }

    [Fact]
    public async Task A_Will_the_application_refuses_is_not_routed()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = batch =>
        {
            if (batch.IsWill) batch[0].Refuse(ReasonCode.NotAuthorized);
            return Task.CompletedTask;
        };
        var watcher = await WatcherAsync(server);
        var client = await server.ConnectAsync("one", with: Will());
        await client.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.Seen.IsEmpty, "the application has seen it");
        await watcher.ExpectQuietAsync();
    }
}
