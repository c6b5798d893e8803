using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using StepCloud.Storage;

namespace StepCloud.Api.Mqtt;

/// <summary>A message in the broker's form and in that of its row.</summary>
internal static class StoredMessages
{
    public static MqttMessageContent ToContent(MqttMessage message) => new(
        message.Topic, message.Payload, message.Properties.Encoded, (byte)message.Qos, message.Retain, message.ExpiresAt);

    public static MqttMessage ToMessage(MqttMessageContent content) => new()
    {
        Topic = content.Topic,
        Payload = content.Payload,
        Properties = PublishProperties.FromEncoded(content.Properties),
        Qos = (QualityOfService)content.Qos,
        Retain = content.Retain,
        ExpiresAt = content.ExpiresAt,
    };
}
