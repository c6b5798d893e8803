using Shouldly;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Mqtt.Codec;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>What a hostile or broken client does must stay its own business.</summary>
public sealed class FloodTests
{
    /// <summary>Publishes and subscribes like any client, to see that it can.</summary>
    private static async Task ShouldServeAsync(TestServer server, RawClient honest)
    {
        await honest.PublishAsync("honest", "x", 1, 1);
        (await honest.ExpectAckAsync(ControlPacketType.PubAck)).ReasonCode.ShouldBe(ReasonCode.Success);
        var newcomer = await server.ConnectAsync("newcomer");
        await newcomer.SubscribeAsync(new Subscription("news", QualityOfService.AtMostOnce));
        await honest.PublishAsync("news", "x");
        await newcomer.ExpectPublishAsync("x");
        await newcomer.SendAsync(ControlPacketType.Disconnect, new DisconnectPacket());
        await newcomer.ExpectEndAsync();
    }

    [Fact]
    public async Task Many_sockets_that_say_nothing_or_half_a_CONNECT_leave_others_unharmed()
    {
        await using var server = await TestServer.StartAsync(o => o.ConnectTimeout = TimeSpan.FromSeconds(5));
        var honest = await server.ConnectAsync("honest");
        for (int i = 0; i < 300; i++)
        {
            var silent = await server.OpenAsync();
            if (i % 2 == 0) await silent.SendAsync([0x10, 0x40, 0x00, 0x04, (byte)'M']);
        }

        await ShouldServeAsync(server, honest);
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 1, "the silent ones are closed");
    }

    [Fact]
    public async Task A_flood_of_CONNECTs_waits_before_the_authenticator_and_not_in_it()
    {
        await using var server = await TestServer.StartAsync(o => o.AuthenticationsAtOnceMax = 4, new CountingApplication());
        var application = (CountingApplication)server.Application;
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i => (await server.ConnectWithAnswerAsync($"c{i}")).Answer.ReasonCode));
        answers.ShouldAllBe(code => code == ReasonCode.Success || code == ReasonCode.QuotaExceeded);
        application.AtOnceMost.ShouldBeLessThanOrEqualTo(4);
        application.AtOnceMost.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_flood_of_subscriptions_ends_at_the_limit_and_leaves_others_unharmed()
    {
        await using var server = await TestServer.StartAsync();
        var honest = await server.ConnectAsync("honest");
        var flooder = await server.ConnectAsync("flooder");
        for (int round = 0; round < 20; round++)
        {
            var filters = Enumerable.Range(0, 500).Select(i => new Subscription($"flood/{round}/{i}/+/#", QualityOfService.ExactlyOnce)).ToArray();
            var answers = await flooder.SubscribeAsync(filters);
            answers.Count(a => a == ReasonCode.QuotaExceeded).ShouldBe(round == 0 ? 400 : 500);
        }

        server.Server.SubscriptionCount.ShouldBe(100);
        await ShouldServeAsync(server, honest);
    }

    [Fact]
    public async Task Bytes_of_every_kind_never_harm_the_server()
    {
        // Here all are one identity, and some of the mutated CONNECTs are good ones.
        await using var server = await TestServer.StartAsync(o => (o.ConnectTimeout, o.ConnectionsPerIdentityMax) = (TimeSpan.FromSeconds(2), 1000));
        var honest = await server.ConnectAsync("honest");
        var random = new Random(20_261_121);
        byte[][] seeds =
        [
            Wire.Encode(new MqttPacket(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "fuzz", CleanStart = true, AuthenticationMethod = "m" }), MqttVersion.V500),
            Wire.Encode(RawClient.Publish("a/b", "payload", 2, 7), MqttVersion.V500),
            Wire.Encode(new MqttPacket(ControlPacketType.Subscribe, new SubscribePacket { PacketIdentifier = 3, Subscriptions = [new Subscription("a/#", QualityOfService.ExactlyOnce)] }), MqttVersion.V500),
            Wire.Encode(new MqttPacket(new AckPacket(ControlPacketType.PubRec, 1)), MqttVersion.V500),
            Wire.Encode(new MqttPacket(ControlPacketType.Auth, new AuthPacket { ReasonCode = ReasonCode.ReAuthenticate, AuthenticationMethod = "m" }), MqttVersion.V500),
            Wire.Encode(new MqttPacket(ControlPacketType.Disconnect, new DisconnectPacket()), MqttVersion.V500),
        ];
        for (int i = 0; i < 300; i++)
        {
            var client = await server.OpenAsync();
            List<byte> bytes = [.. seeds[0]];
            for (int packet = 0; packet < 10; packet++) bytes.AddRange(seeds[random.Next(1, seeds.Length)]);
            int mutations = random.Next(0, 4);
            for (int m = 0; m < mutations; m++) bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
            try
            {
                await client.SendAsync([.. bytes]);
            }
            catch (IOException)
            {
                // Closed already, as it may.
            }

            if (i % 3 == 0) await client.DisposeAsync();
        }

        await ShouldServeAsync(server, honest);
    }

    private sealed class CountingApplication : TestApplication
    {
        private int _atOnce;
        private int _atOnceMost;

        public int AtOnceMost => _atOnceMost;

        public override async ValueTask<AuthenticationOutcome> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            int now = Interlocked.Increment(ref _atOnce);
            for (int most = _atOnceMost; now > most && Interlocked.CompareExchange(ref _atOnceMost, now, most) != most; most = _atOnceMost)
            {
            }

            await Task.Delay(10, cancellationToken);
            Interlocked.Decrement(ref _atOnce);
            return await base.AuthenticateAsync(request, cancellationToken);
        }
    }
}
