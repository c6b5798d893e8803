using System.Runtime.CompilerServices;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>PUBLISH (MQTT 5.0 §3.3).</summary>
/// <remarks>
/// <code>
/// byte 1: 0011 | DUP | QoS (2 bits) | RETAIN
/// Topic Name | Packet Identifier (QoS 1 and 2) | properties (v5) | payload
/// </code>
/// </remarks>
internal static class PublishDecoder
{
    /// <remarks>Not inlined: its temporaries would be cleared for every packet of every other type.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Decode(byte first, ref PacketReader reader, MqttVersion version, MqttRole role, out PublishPacket packet)
    {
        var qos = (QualityOfService)((first >> 1) & 3);
        var topic = reader.ReadUtf8();
        if (TopicRules.HasWildcard(topic.Span)) reader.Fail(Violations.WildcardInTopicName);
        var packetIdentifier = qos == QualityOfService.AtMostOnce ? (ushort)0 : reader.ReadPacketIdentifier();
        MessageProperties properties;
        if (version == MqttVersion.V500)
        {
            MessagePropertyDecoder.Decode(ref reader, PropertySets.Publish, PropertySets.PublishRepeatable, out properties);
            if (properties.SubscriptionIdentifiers is not null && role == MqttRole.Server)
                reader.Fail(Violations.SubscriptionIdentifierFromClient);
            if (topic.IsEmpty && !properties.HasTopicAlias) reader.Fail(Violations.NoTopicNameNorAlias);
        }
        else
        {
            properties = default;
            if (topic.IsEmpty) reader.Fail(Violations.EmptyTopicName);
        }
        packet = new PublishPacket
        {
            Topic = topic,
            Payload = reader.ReadRest(),
            Properties = properties.Block,
            MessageExpiryInterval = properties.MessageExpiryInterval,
            SubscriptionIdentifiers = properties.SubscriptionIdentifiers?.ToArray(),
            TopicAlias = properties.TopicAlias,
            PacketIdentifier = packetIdentifier,
            Qos = qos,
            Retain = (first & 0b0001) != 0,
            Dup = (first & 0b1000) != 0,
        };
    }
}
