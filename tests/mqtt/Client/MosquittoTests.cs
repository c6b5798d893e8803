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
}
