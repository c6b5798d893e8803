using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Ingress;
using Xunit;

namespace StepCloud.Tests.Api.GatewayCommands;

/// <summary>A user may watch over MQTT what is live in the organization, and nothing else.</summary>
public sealed class WatchTests
{
    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_user_sees_the_steps_of_a_gateway_once_and_after_their_commit_and_its_presence(MqttVersion version)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        await using MqttClient sender = await gateway.ConnectAsync(expiry: 0);
        await sender.SubscribeAsync([new Subscription($"sc/1/{gateway.Id}/#", QualityOfService.AtLeastOnce)]);
        await sender.PublishAsync(gateway.StatusTopic, "online"u8.ToArray(), retain: true);
        (await gateway.ReceiveAsync()).Topic.ShouldBe(gateway.StatusTopic);
        await using Watcher watcher = await Watcher.ConnectAsync(server, await server.UserTokenAsync("viewer", isStranger: false), version);
        (await watcher.SubscribeAsync(gateway.StatusTopic)).ShouldBe(ReasonCode.GrantedQos1);
        (await watcher.NextAsync()).ShouldBe((gateway.StatusTopic, "online"));
        (await watcher.SubscribeAsync(Topics.Steps(gateway.Id))).ShouldBe(ReasonCode.GrantedQos1);

        DeviceId device = await gateway.AnnounceAsync(sender);
        JsonObject step = StepJson.Step(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(5));
        step["device"] = device.ToString();
        JsonObject bad = StepJson.Step(TimeProvider.System.GetUtcNow());
        byte[] good = step.Bytes();
        (await sender.PublishAsync(Topics.Steps(gateway.Id), bad.Bytes())).IsSuccess.ShouldBeFalse();
        await sender.PublishAsync(Topics.Steps(gateway.Id), good);
        await sender.PublishAsync(Topics.Steps(gateway.Id), good);
        await sender.PublishAsync(gateway.StatusTopic, "marker"u8.ToArray());

        (await watcher.NextAsync()).ShouldBe((Topics.Steps(gateway.Id), Encoding.UTF8.GetString(good)), "the refused one is not shown");
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM step_event")).ShouldBe(1);
        (await watcher.NextAsync()).ShouldBe((gateway.StatusTopic, "marker"), "what was sent again is not shown again");
        (await gateway.ReceiveAsync()).Topic.ShouldBe(Topics.Errors(gateway.Id), "its own steps do not come back to the gateway");
    }

    [Theory]
    [InlineData("sc/1/{stranger}/steps")]
    [InlineData("sc/1/{stranger}/status")]
    [InlineData("sc/1/+/steps")]
    [InlineData("sc/1/+/status")]
    [InlineData("sc/1/{own}/#")]
    [InlineData("sc/1/{own}/+")]
    [InlineData("sc/1/{own}/errors")]
    [InlineData("sc/1/{own}/commands/+")]
    [InlineData("sc/1/{own}/devices")]
    [InlineData("sc/1/{own}")]
    [InlineData("$share/group/sc/1/{own}/steps")]
    [InlineData("sc/1/01890000-0000-7000-8000-000000000000/steps")]
    [InlineData("$SYS/#")]
    [InlineData("#")]
    public async Task Everything_else_is_refused_and_the_connection_stays(string filter)
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway own = await server.AddGatewayAsync();
        TestGateway stranger = await server.AddGatewayAsync(await server.ClientAsync("owner", isStranger: true));
        await using Watcher watcher = await Watcher.ConnectAsync(server, await server.UserTokenAsync("owner", isStranger: false), MqttVersion.V500);
        (await watcher.SubscribeAsync(filter.Replace("{own}", own.Id.ToString()).Replace("{stranger}", stranger.Id.ToString())))
            .ShouldBe(ReasonCode.NotAuthorized);
        (await watcher.SubscribeAsync(own.StatusTopic)).ShouldBe(ReasonCode.GrantedQos1);
    }

    [Fact]
    public async Task A_user_publishes_nothing_and_has_no_Will_and_takes_nobody_s_name()
    {
        await using GatewayServer server = await GatewayServer.StartAsync();
        TestGateway gateway = await server.AddGatewayAsync();
        string token = await server.UserTokenAsync("owner", isStranger: false);
        await using Watcher watcher = await Watcher.ConnectAsync(server, token, MqttVersion.V500);
        foreach (string topic in new[] { Topics.Steps(gateway.Id), gateway.StatusTopic, $"sc/1/{gateway.Id}/commands/{Guid.NewGuid()}", "anything" })
            (await watcher.Client.PublishAsync(topic, "x"u8.ToArray(), retain: true)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized, topic);
        (await server.Database.ScalarAsync<long>("SELECT count(*) FROM mqtt_retained")).ShouldBe(0);

        (await Watcher.RefusedAsync(server, token, gateway.Id.ToString())).ShouldBe(ReasonCode.ClientIdentifierNotValid);
        (await Watcher.RefusedAsync(server, token, "", new Will { Topic = gateway.StatusTopic, Payload = "offline"u8.ToArray() })).ShouldBe(ReasonCode.NotAuthorized);
    }
}
