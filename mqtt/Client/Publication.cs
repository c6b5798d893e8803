using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>Makes and checks what an application publishes.</summary>
internal static class Publication
{
    public static PublishPacket Create(
        string topic, ReadOnlyMemory<byte> payload, QualityOfService qos, bool retain, PublishProperties properties) => new()
        {
            Topic = Utf8String.Encode(topic),
            Payload = payload,
            Qos = qos,
            Retain = retain,
            Properties = properties,
        };

    /// <summary>Whatever the encoder would throw at is thrown at here, before the message waits in a queue that others wait in.</summary>
    public static void Check(in PublishPacket message)
    {
        if (TopicRules.CheckTopicName(message.Topic.Span) is { } violation) throw new ArgumentException(violation.ToString(), nameof(message));
        if (message.PacketIdentifier != 0 || message.Dup || message.TopicAlias != 0 || !message.SubscriptionIdentifiers.IsEmpty)
            throw new ArgumentException("Packet Identifier, Dup, Topic Alias and Subscription Identifiers are not the application's to set.", nameof(message));
        MqttEncoder.GetLength(message with { Qos = QualityOfService.AtMostOnce }, MqttVersion.V500);
    }
}
