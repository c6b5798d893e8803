using System.Text;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.GatewayCommands;

/// <summary>What a gateway finds of its MQTT session after the server was stopped, or crashed.</summary>
public sealed class SessionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_survives_the_server_with_its_subscriptions(bool crash)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using MqttClient before = await gateway.ConnectAsync();
        before.ConnAck.SessionPresent.ShouldBeFalse();
        await before.SubscribeAsync([new Subscription(gateway.StatusTopic, QualityOfService.AtLeastOnce)]);
        await (crash ? server.CrashAsync() : server.RestartAsync());

        await using MqttClient after = await gateway.ConnectAsync();
        after.ConnAck.SessionPresent.ShouldBeTrue();
        await after.PublishAsync(gateway.StatusTopic, "online"u8.ToArray());
        Text(await gateway.ReceiveAsync()).ShouldBe("online", "the subscription came back with the session");
    }

    [Fact]
    public async Task A_message_that_waited_in_the_session_comes_after_the_restart()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        MqttClient first = await gateway.ConnectAsync();
        await first.SubscribeAsync([new Subscription(gateway.StatusTopic, QualityOfService.AtLeastOnce)]);
        await first.DisposeAsync();
        await using (MqttClient other = await gateway.ConnectAsync(expiry: 0, suffix: "-other"))
            (await other.PublishAsync(gateway.StatusTopic, "while you were away"u8.ToArray())).IsSuccess.ShouldBeTrue();
        await server.RestartAsync();

        await using MqttClient back = await gateway.ConnectAsync();
        Text(await gateway.ReceiveAsync()).ShouldBe("while you were away");
        await Eventually.HoldsAsync(
            async () => await server.Database.ScalarAsync<long>("SELECT count(*) FROM mqtt_message") == 0, "the acknowledged message is forgotten");
    }

    [Theory]
    [InlineData(3600u)]
    [InlineData(0u)]
    public async Task After_a_crash_a_gateway_that_does_not_come_back_is_shown_offline(uint expiry)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectAsync(expiry, will: gateway.OfflineWill);
        (await client.PublishAsync(gateway.StatusTopic, "online"u8.ToArray(), retain: true)).IsSuccess.ShouldBeTrue();
        (await gateway.RetainedStatusAsync()).ShouldBe("online", "what is acknowledged is committed");
        await server.CrashAsync();

        await Eventually.HoldsAsync(async () => await gateway.RetainedStatusAsync() == "offline", "the gateway's Will is published");
        await using MqttClient watcher = await gateway.ConnectAsync(0, clean: true, suffix: "-watcher");
        await watcher.SubscribeAsync([new Subscription(gateway.StatusTopic, QualityOfService.AtLeastOnce)]);
        ReceivedMessage status = await gateway.ReceiveAsync();
        (Text(status), status.Retain).ShouldBe(("offline", true));
    }

    [Fact]
    public async Task A_server_that_stops_leaves_its_gateways_shown_offline()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using MqttClient client = await gateway.ConnectAsync(will: gateway.OfflineWill);
        await client.PublishAsync(gateway.StatusTopic, "online"u8.ToArray(), retain: true);
        await server.RestartAsync();

        (await gateway.RetainedStatusAsync()).ShouldBe("offline");
    }

    [Fact]
    public async Task A_clean_start_leaves_nothing_of_the_session_in_the_database()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using (MqttClient client = await gateway.ConnectAsync())
            await client.SubscribeAsync([new Subscription(gateway.StatusTopic, QualityOfService.AtLeastOnce)]);
        await using (await gateway.ConnectAsync(0, clean: true))
            await Eventually.HoldsAsync(
                async () => await server.Database.ScalarAsync<long>("SELECT count(*) FROM mqtt_session") == 0, "the session is gone");
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM mqtt_subscription")).ShouldBe(0);
    }

    private static string Text(ReceivedMessage message) => Encoding.UTF8.GetString(message.Payload.Span);
}
