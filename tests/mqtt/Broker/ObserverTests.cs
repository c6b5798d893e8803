using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>What the application is told of subscriptions and deliveries, and what it can say of echoes.</summary>
public sealed class ObserverTests
{
    private static Subscription To(string filter, byte qos = 2) => new(filter, (QualityOfService)qos);

    [Fact]
    public async Task Granted_subscriptions_are_told_and_refused_ones_are_not()
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnSubscribe = filter => filter.Filter == "theirs" ? Authorization.NotAuthorized() : Authorization.Allowed;
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("mine/#"), To("theirs"), To("$share/g/ours"));
        server.Application.SubscribedFilters.ShouldBe([("one", "mine/#"), ("one", "$share/g/ours")]);
    }

    [Fact]
    public async Task A_delivery_is_told_when_the_client_has_acknowledged_it_and_once()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("#"));
        var deliveries = server.Application.DeliveredMessages;

        await server.Server.PublishAsync(new MqttMessage { Topic = "zero" });
        await client.ExpectPublishAsync();
        await server.Server.PublishAsync(new MqttMessage { Topic = "one", Qos = QualityOfService.AtLeastOnce });
        var one = await client.ExpectPublishAsync();
        deliveries.ShouldBeEmpty();
        await client.AckAsync(ControlPacketType.PubAck, one.PacketIdentifier);
        await client.AckAsync(ControlPacketType.PubAck, one.PacketIdentifier);
        await Eventually.BeAsync(() => !deliveries.IsEmpty, "the PUBACK is told");

        await server.Server.PublishAsync(new MqttMessage { Topic = "two", Qos = QualityOfService.ExactlyOnce });
        var two = await client.ExpectPublishAsync();
        await client.AckAsync(ControlPacketType.PubRec, two.PacketIdentifier);
        await client.ExpectAckAsync(ControlPacketType.PubRel);
        await client.AckAsync(ControlPacketType.PubRec, two.PacketIdentifier);
        await client.ExpectAckAsync(ControlPacketType.PubRel);
        await client.AckAsync(ControlPacketType.PubComp, two.PacketIdentifier);
        await client.PingAsync();
        deliveries.ShouldBe([("one", "one", ReasonCode.Success), ("one", "two", ReasonCode.Success)]);
    }

    [Fact]
    public async Task A_refusal_of_the_client_is_told_with_its_Reason_Code()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("#"));
        foreach (var (type, qos) in new[] { (ControlPacketType.PubAck, QualityOfService.AtLeastOnce), (ControlPacketType.PubRec, QualityOfService.ExactlyOnce) })
        {
            await server.Server.PublishAsync(new MqttMessage { Topic = "t", Qos = qos });
            await client.AckAsync(type, (await client.ExpectPublishAsync()).PacketIdentifier, ReasonCode.QuotaExceeded);
        }

        await client.PingAsync();
        server.Application.DeliveredMessages.ShouldBe([("one", "t", ReasonCode.QuotaExceeded), ("one", "t", ReasonCode.QuotaExceeded)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_message_that_is_not_echoed_reaches_everybody_but_its_publisher(int subscriptionsOfEach)
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnAccept = batch =>
        {
            foreach (var message in batch)
            {
                var incoming = message;
                incoming.IsEchoed = incoming.Topic != "quiet";
            }

            return Task.CompletedTask;
        };
        var publisher = await server.ConnectAsync("publisher");
        var other = await server.ConnectAsync("other");
        foreach (var client in new[] { publisher, other })
            await client.SubscribeAsync([.. new[] { To("#", 0), To("+", 0) }.Take(subscriptionsOfEach)]);

        await publisher.PublishAsync("quiet", "1");
        await publisher.PublishAsync("loud", "2");
        await publisher.ExpectPublishAsync("2");
        await other.ExpectPublishAsync("1");
        await other.ExpectPublishAsync("2");
    }
}
