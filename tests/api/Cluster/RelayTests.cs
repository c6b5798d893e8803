using System.Text;
using Shouldly;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.GatewayCommands;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Cluster;

/// <summary>Who subscribes to live steps at one node sees those of a gateway that is connected to another.</summary>
public sealed class RelayTests
{
    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Steps_are_seen_once_and_in_their_order_at_whichever_node_they_are_subscribed_to(MqttVersion version)
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        string topic = Topics.Steps(gateway.Id), token = await nodes.First.UserTokenAsync("viewer", isStranger: false);
        await using MqttClient sender = await gateway.ConnectAsync();
        DeviceId device = await gateway.AnnounceAsync(sender);
        await using Watcher far = await Watcher.ConnectAsync(nodes.Second, token, version);
        await using Watcher near = await Watcher.ConnectAsync(nodes.First, token, version);
        foreach (Watcher watcher in new[] { far, near }) (await watcher.SubscribeAsync(topic)).ShouldBe(ReasonCode.GrantedQos1);

        // From the acknowledgement on, nothing is missed.
        byte[][] steps = [.. Enumerable.Range(0, 200).Select(_ => Step(device))];
        foreach (byte[] step in steps) (await sender.PublishAsync(topic, step)).IsSuccess.ShouldBeTrue();
        (await sender.PublishAsync(topic, steps[0])).IsSuccess.ShouldBeTrue("what is sent again is not shown again");
        (await sender.PublishAsync(topic, "rubbish"u8.ToArray())).IsSuccess.ShouldBeFalse("and what is refused is not shown");
        byte[] last = Step(device);
        await sender.PublishAsync(topic, last);
        foreach (Watcher watcher in new[] { far, near })
        {
            foreach (byte[] step in steps.Append(last)) (await watcher.NextAsync()).ShouldBe((topic, Encoding.UTF8.GetString(step)));
        }
    }

    [Fact]
    public async Task A_gateway_that_comes_to_another_node_goes_on_being_seen_where_it_was()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        string topic = Topics.Steps(gateway.Id);
        await using MqttClient first = await gateway.ConnectAsync();
        DeviceId device = await gateway.AnnounceAsync(first);
        await using Watcher watcher = await Watcher.ConnectAsync(nodes.First, await nodes.First.UserTokenAsync("viewer", isStranger: false), MqttVersion.V500);
        await watcher.SubscribeAsync(topic);
        await using MqttClient second = await gateway.ConnectAsync(at: nodes.Second);
        byte[] step = Step(device);
        await second.PublishAsync(topic, step);
        (await watcher.NextAsync()).ShouldBe((topic, Encoding.UTF8.GetString(step)));
    }

    [Fact]
    public async Task Over_a_line_that_was_cut_steps_are_seen_again_soon_after_it_is_mended_and_no_gateway_waits_for_it()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TestGateway gateway = await nodes.First.AddGatewayAsync();
        string topic = Topics.Steps(gateway.Id);
        await using MqttClient sender = await gateway.ConnectAsync();
        DeviceId device = await gateway.AnnounceAsync(sender);
        nodes.ToFirst.IsCut = nodes.ToSecond.IsCut = true;
        await using Watcher watcher = await Watcher.ConnectAsync(nodes.Second, await nodes.First.UserTokenAsync("viewer", isStranger: false), MqttVersion.V500);
        (await watcher.SubscribeAsync(topic)).ShouldBe(ReasonCode.GrantedQos1);
        (await sender.PublishAsync(topic, Step(device))).IsSuccess.ShouldBeTrue();
        nodes.ToFirst.IsCut = nodes.ToSecond.IsCut = false;

        Task<(string Topic, string Payload)> seen = watcher.NextAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                (await sender.PublishAsync(topic, Step(device))).IsSuccess.ShouldBeTrue();
                await Task.Delay(100);
                return seen.IsCompleted;
            },
            "a step is seen again");
        (await seen).Topic.ShouldBe(topic);
    }

    private static byte[] Step(DeviceId device) => Http.TestGateway.Step(device).Bytes();
}
