using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class SubscribeTests
{
    private static Subscription To(string filter, byte qos = 2) => new(filter, (QualityOfService)qos);

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Each_filter_is_granted_or_refused_by_itself(MqttVersion version)
    {
        await using var server = await TestServer.StartAsync();
        server.Application.OnSubscribe = filter => filter.Filter == "theirs" ? Authorization.NotAuthorized() : Authorization.Allowed;
        var client = await server.ConnectAsync("one", version);
        var answers = await client.SubscribeAsync(To("a", 0), To("theirs"), To("b/#", 1), To("c/+"));
        answers.ShouldBe([
            ReasonCode.GrantedQos0,
            version == MqttVersion.V311 ? ReasonCode.UnspecifiedError : ReasonCode.NotAuthorized,
            ReasonCode.GrantedQos1,
            ReasonCode.GrantedQos2,
        ]);
        server.Server.SubscriptionCount.ShouldBe(3);
    }

    [Fact]
    public async Task A_message_comes_at_the_lower_of_both_QoS()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("zero", 0), To("one", 1), To("two"));
        var publisher = await server.ConnectAsync("pub");
        foreach (var (topic, qos, expected) in new[] { ("zero", 2, 0), ("one", 2, 1), ("two", 1, 1), ("two", 0, 0) })
        {
            await publisher.PublishAsync(topic, "x", (byte)qos, (ushort)(qos == 0 ? 0 : 1));
            ((int)(await client.ExpectPublishAsync("x")).Qos).ShouldBe(expected);
            if (qos == 2)
            {
                await publisher.ExpectAckAsync(ControlPacketType.PubRec);
                await publisher.AckAsync(ControlPacketType.PubRel, 1);
                await publisher.ExpectAckAsync(ControlPacketType.PubComp);
            }
            else if (qos == 1)
            {
                await publisher.ExpectAckAsync(ControlPacketType.PubAck);
            }
        }
    }

    [Fact]
    public async Task Overlapping_subscriptions_make_one_message_at_the_highest_QoS_with_all_identifiers()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(5, To("a/+", 0));
        await client.SubscribeAsync(6, To("a/#", 2));
        await client.SubscribeAsync(To("a/b", 1));
        await server.Server.PublishAsync(new MqttMessage { Topic = "a/b", Payload = "x"u8.ToArray(), Qos = QualityOfService.ExactlyOnce });
        var message = await client.ExpectPublishAsync("x");
        message.Qos.ShouldBe(QualityOfService.ExactlyOnce);
        message.SubscriptionIdentifiers.ToArray().Order().ShouldBe([5u, 6u]);
        await client.PingAsync();
    }

    [Fact]
    public async Task Subscribing_again_replaces_the_subscription()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(5, To("a", 2));
        await client.SubscribeAsync(9, To("a", 0));
        server.Server.SubscriptionCount.ShouldBe(1);
        await server.Server.PublishAsync(new MqttMessage { Topic = "a", Payload = "x"u8.ToArray(), Qos = QualityOfService.ExactlyOnce });
        var message = await client.ExpectPublishAsync("x");
        message.Qos.ShouldBe(QualityOfService.AtMostOnce);
        message.SubscriptionIdentifiers.ToArray().ShouldBe([9u]);
    }

    [Fact]
    public async Task Unsubscribing_says_what_was_there_and_ends_delivery()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("a"));
        await client.SendAsync(ControlPacketType.Unsubscribe, new UnsubscribePacket { PacketIdentifier = 3, TopicFilters = ["a", "never"] });
        (await client.ExpectAsync<UnsubAckPacket>()).ReasonCodes.ShouldBe([ReasonCode.Success, ReasonCode.NoSubscriptionExisted]);
        await server.Server.PublishAsync(new MqttMessage { Topic = "a", Payload = "x"u8.ToArray() });
        await client.PingAsync();
        server.Server.SubscriptionCount.ShouldBe(0);
    }

    [Fact]
    public async Task No_Local_keeps_a_clients_own_messages_away_and_lets_others_through()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("a", 0) with { NoLocal = true });
        await client.PublishAsync("a", "own", 1, 1);
        await client.ExpectAckAsync(ControlPacketType.PubAck);
        var other = await server.ConnectAsync("two");
        await other.PublishAsync("a", "other's");
        await client.ExpectPublishAsync("other's");
    }

    [Fact]
    public async Task The_RETAIN_flag_is_forwarded_only_as_published_where_that_was_asked_for()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("a", 0), To("b", 0) with { RetainAsPublished = true });
        var publisher = await server.ConnectAsync("pub");
        await publisher.PublishAsync("a", "1", retain: true);
        await publisher.PublishAsync("b", "2", retain: true);
        await publisher.PublishAsync("b", "3");
        (await client.ExpectPublishAsync("1")).Retain.ShouldBeFalse();
        (await client.ExpectPublishAsync("2")).Retain.ShouldBeTrue();
        (await client.ExpectPublishAsync("3")).Retain.ShouldBeFalse();
    }

    [Fact]
    public async Task Retained_messages_come_at_subscribe_as_the_retain_handling_says()
    {
        await using var server = await TestServer.StartAsync();
        await server.Server.PublishAsync(new MqttMessage { Topic = "a/1", Payload = "x"u8.ToArray(), Retain = true, Qos = QualityOfService.AtLeastOnce });
        var client = await server.ConnectAsync("one");

        await client.SubscribeAsync(To("a/+", 0) with { RetainHandling = RetainHandling.DoNotSend });
        await client.PingAsync();
        await client.SubscribeAsync(To("a/+", 0) with { RetainHandling = RetainHandling.SendIfNew });
        await client.PingAsync();
        await client.SubscribeAsync(To("a/#", 0) with { RetainHandling = RetainHandling.SendIfNew });
        (await client.ExpectPublishAsync("x")).Retain.ShouldBeTrue();
        await client.SubscribeAsync(To("a/#", 0));
        var again = await client.ExpectPublishAsync("x");
        again.Qos.ShouldBe(QualityOfService.AtMostOnce);
        await client.PingAsync();
    }

    [Fact]
    public async Task An_empty_retained_message_removes_the_topics_and_is_still_delivered()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a", "x", retain: true);
        await client.SubscribeAsync(To("a", 0));
        await client.ExpectPublishAsync("x");
        await client.PublishAsync("a", "", retain: true);
        await client.ExpectPublishAsync("");
        server.Server.RetainedCount.ShouldBe(0);
    }

    [Fact]
    public async Task The_server_retains_no_more_topics_than_it_may_and_says_so()
    {
        await using var server = await TestServer.StartAsync(o => o.RetainedMessagesMax = 1);
        var client = await server.ConnectAsync("one");
        await client.PublishAsync("a", "x", 1, 1, retain: true);
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.Success);
        await client.PublishAsync("b", "x", 1, 2, retain: true);
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.QuotaExceeded);
        await client.PublishAsync("a", "y", 1, 3, retain: true);
        (await client.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.Success);
    }

    [Fact]
    public async Task Topics_of_the_server_are_hidden_from_wildcards_and_open_by_name()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        await client.SubscribeAsync(To("#", 0), To("+/info", 0));
        await client.PublishAsync("$SYS/info", "hidden", retain: true);
        await client.PingAsync();
        await client.SubscribeAsync(To("$SYS/#", 0));
        await client.ExpectPublishAsync("hidden");
    }

    [Fact]
    public async Task Members_of_a_shared_subscription_take_turns()
    {
        await using var server = await TestServer.StartAsync();
        var members = new[] { await server.ConnectAsync("m1"), await server.ConnectAsync("m2") };
        foreach (var member in members) await member.SubscribeAsync(7, To("$share/group/jobs/+", 0));
        var own = await server.ConnectAsync("own");
        await own.SubscribeAsync(To("jobs/#", 0));
        for (int i = 0; i < 4; i++) await server.Server.PublishAsync(new MqttMessage { Topic = "jobs/x", Payload = "j"u8.ToArray() });
        foreach (var member in members)
        {
            for (int i = 0; i < 2; i++) (await member.ExpectPublishAsync("j")).SubscriptionIdentifiers.ToArray().ShouldBe([7u]);
            await member.PingAsync();
        }

        for (int i = 0; i < 4; i++) await own.ExpectPublishAsync("j");
    }

    [Fact]
    public async Task A_shared_subscription_passes_over_members_that_are_away()
    {
        await using var server = await TestServer.StartAsync();
        var away = await server.ConnectAsync("away", expiry: 100);
        await away.SubscribeAsync(To("$share/group/jobs", 1));
        await away.DisposeAsync();
        await Eventually.BeAsync(() => !server.Application.DisconnectedClients.IsEmpty, "the member is away");
        var here = await server.ConnectAsync("here");
        await here.SubscribeAsync(To("$share/group/jobs", 1));
        for (int i = 0; i < 3; i++) await server.Server.PublishAsync(new MqttMessage { Topic = "jobs", Payload = "j"u8.ToArray(), Qos = QualityOfService.AtLeastOnce });
        for (int i = 0; i < 3; i++) await here.ExpectPublishAsync("j");
    }

    [Fact]
    public async Task What_a_member_did_not_acknowledge_goes_to_another_when_its_session_ends()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.ConnectAsync("first");
        await first.SubscribeAsync(To("$share/group/jobs", 1));
        await server.Server.PublishAsync(new MqttMessage { Topic = "jobs", Payload = "j"u8.ToArray(), Qos = QualityOfService.AtLeastOnce });
        await first.ExpectPublishAsync("j");
        var second = await server.ConnectAsync("second");
        await second.SubscribeAsync(To("$share/group/jobs", 1));
        await first.DisposeAsync();
        await second.ExpectPublishAsync("j");
    }

    [Theory]
    [InlineData("a/#/b")]
    [InlineData("a+")]
    [InlineData("$share/g")]
    [InlineData("$share//a")]
    public async Task An_ill_formed_filter_never_makes_a_subscription(string filter)
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.ConnectAsync("one");
        var name = System.Text.Encoding.UTF8.GetBytes(filter);
        await client.SendAsync([0x82, (byte)(name.Length + 6), 0, 1, 0, 0, (byte)name.Length, .. name, 0]);
        var answer = await client.ReceiveAsync();
        if (answer.Body is SubAckPacket ack) ack.ReasonCodes.ShouldBe([ReasonCode.TopicFilterInvalid]);
        else answer.Body.ShouldBeOfType<DisconnectPacket>().ReasonCode.IsFailure().ShouldBeTrue();
        server.Server.SubscriptionCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_has_no_more_subscriptions_than_it_may()
    {
        await using var server = await TestServer.StartAsync(o => o.SubscriptionsPerSessionMax = 2);
        var client = await server.ConnectAsync("one");
        (await client.SubscribeAsync(To("a"), To("b"), To("c"), To("a", 1)))
            .ShouldBe([ReasonCode.GrantedQos2, ReasonCode.GrantedQos2, ReasonCode.QuotaExceeded, ReasonCode.GrantedQos1]);
    }
}
