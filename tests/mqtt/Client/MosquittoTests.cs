using System.Text;
using System.Threading.Channels;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

/// <summary>The client against a broker that others have written.</summary>
public sealed class MosquittoTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(MqttVersion.V311, QualityOfService.AtMostOnce)]
    [InlineData(MqttVersion.V311, QualityOfService.AtLeastOnce)]
    [InlineData(MqttVersion.V311, QualityOfService.ExactlyOnce)]
    [InlineData(MqttVersion.V500, QualityOfService.AtMostOnce)]
    [InlineData(MqttVersion.V500, QualityOfService.AtLeastOnce)]
    [InlineData(MqttVersion.V500, QualityOfService.ExactlyOnce)]
    public async Task A_message_comes_back_as_it_was_published(MqttVersion version, QualityOfService qos)
    {
        await using var broker = await Mosquitto.StartAsync();
        var received = Channel.CreateUnbounded<ReceivedMessage>();
        await using var client = await MqttClient.ConnectAsync(
            new MqttClientOptions
            {
                Transport = broker.Transport,
                OnMessage = (message, token) => received.Writer.WriteAsync(message, token),
            },
            new ConnectPacket { Version = version, ClientIdentifier = "probe", CleanStart = true, KeepAlive = 60 });
        var granted = await client.SubscribeAsync([new Subscription("probe/#", qos)]).WaitAsync(s_patience);
        granted.ReasonCodes.ShouldBe([(ReasonCode)qos]);

        var properties = PublishProperties.Create(
            contentType: "text/plain", responseTopic: "probe/answer", correlationData: new byte[] { 1, 2 },
            userProperties: [new UserProperty("a", "1"), new UserProperty("a", "2")]);
        var result = await client.PublishAsync("probe/ä", Encoding.UTF8.GetBytes("hello"), qos, properties: properties).WaitAsync(s_patience);
        result.IsSuccess.ShouldBeTrue();

        var message = await received.Reader.ReadAsync().AsTask().WaitAsync(s_patience);
        message.Topic.ShouldBe("probe/ä");
        Encoding.UTF8.GetString(message.Payload.Span).ShouldBe("hello");
        message.Qos.ShouldBe(qos);
        message.Properties.ContentType.ShouldBe(version == MqttVersion.V500 ? "text/plain" : null);
        message.Properties.UserProperties.Count.ShouldBe(version == MqttVersion.V500 ? 2 : 0);
        await client.DisconnectAsync().WaitAsync(s_patience);
        (await client.Closed).ShouldBe(new ConnectionClosed(ReasonCode.NormalDisconnection, null, ByServer: false));
    }

    [Fact]
    public async Task It_speaks_through_WebSocket()
    {
        await using var broker = await Mosquitto.StartAsync();
        var received = Channel.CreateUnbounded<ReceivedMessage>();
        await using var client = await MqttClient.ConnectAsync(
            new MqttClientOptions
            {
                Transport = MqttTransport.WebSocket(new Uri($"ws://127.0.0.1:{broker.WebSocketPort}/mqtt")),
                OnMessage = (message, token) => received.Writer.WriteAsync(message, token),
            },
            new ConnectPacket { ClientIdentifier = "web", CleanStart = true }).WaitAsync(s_patience);
        await client.SubscribeAsync([new Subscription("t", QualityOfService.AtLeastOnce)]).WaitAsync(s_patience);
        (await client.PublishAsync("t", new byte[100_000]).WaitAsync(s_patience)).IsSuccess.ShouldBeTrue();
        (await received.Reader.ReadAsync().AsTask().WaitAsync(s_patience)).Payload.Length.ShouldBe(100_000);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Every_message_arrives_though_the_broker_is_stopped_and_started_in_the_midst(MqttVersion version)
    {
        const int Messages = 1_500;
        await using var broker = await Mosquitto.StartAsync(persists: true);
        var arrived = new HashSet<int>();
        var complete = new TaskCompletionSource();
        await using var subscriber = Client(broker, version, "subscriber", message =>
        {
            lock (arrived)
            {
                arrived.Add(BitConverter.ToInt32(message.Payload.Span));
                if (arrived.Count == Messages) complete.TrySetResult();
            }
        });
        await using var publisher = Client(broker, version, "publisher", _ => { });
        while (subscriber.Current is null) await Task.Delay(10);
        await Task.Delay(100);

        var publishing = Parallel.ForAsync(0, Messages, new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (i, token) =>
        {
            await Task.Delay(10, token);
            await PublishUntilAcknowledgedAsync(publisher, i);
        });
        for (var restart = 0; restart < 2; restart++)
        {
            await Task.Delay(200);
            await broker.StopAsync();
            await broker.StartAgainAsync();
        }
        await publishing.WaitAsync(TimeSpan.FromSeconds(60));
        await complete.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>As one who keeps an outbox does: what was lost is sent again.</summary>
    private static async Task PublishUntilAcknowledgedAsync(MqttReconnectingClient client, int i)
    {
        while (true)
        {
            try
            {
                (await client.PublishAsync("t", BitConverter.GetBytes(i), QualityOfService.AtLeastOnce)).IsSuccess.ShouldBeTrue();
                return;
            }
            catch (MqttConnectionLostException)
            {
                // Whether it arrived is not known.
            }
        }
    }

    private static MqttReconnectingClient Client(Mosquitto broker, MqttVersion version, string name, Action<ReceivedMessage> received) => new(
        new MqttClientOptions
        {
            Transport = broker.Transport,
            OnMessage = (message, _) =>
            {
                received(message);
                return ValueTask.CompletedTask;
            },
        },
        _ => ValueTask.FromResult(new ConnectPacket
        {
            Version = version,
            ClientIdentifier = name,
            SessionExpiryInterval = version == MqttVersion.V500 ? 3600u : 0,
            KeepAlive = 60,
        }),
        new ReconnectOptions
        {
            DelayMin = TimeSpan.FromMilliseconds(50),
            OnConnected = async (client, token) =>
            {
                if (name == "subscriber" && !client.ConnAck.SessionPresent)
                    await client.SubscribeAsync([new Subscription("t", QualityOfService.AtLeastOnce)], cancellationToken: token);
            },
        });
}
