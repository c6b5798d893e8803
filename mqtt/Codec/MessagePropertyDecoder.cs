using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>What the properties of a PUBLISH or a Will hold beside those that travel with the message.</summary>
internal struct MessageProperties
{
    public PublishProperties Block;
    public uint? MessageExpiryInterval;
    public uint WillDelayInterval;
    public ushort TopicAlias;
    public bool HasTopicAlias;
    public List<uint>? SubscriptionIdentifiers;
}

/// <summary>The properties of an application message: PUBLISH (MQTT 5.0 §3.3.2.3) and Will (§3.1.3.2).</summary>
internal static class MessagePropertyDecoder
{
    /// <summary>Validates all of them, takes out those of the hop, and leaves the others where they are.</summary>
    public static void Decode(ref PacketReader reader, ulong allowed, ulong repeatable, out MessageProperties found)
    {
        found = default;
        var properties = new PropertyReader(ref reader, allowed, repeatable);
        if (properties.Length == 0)
        {
            properties.TryNext(ref reader, out _);
            return;
        }
        var block = reader.PeekRest();
        while (properties.TryNext(ref reader, out var identifier))
        {
            switch (identifier)
            {
                case PropertyIdentifier.PayloadFormatIndicator: reader.ReadBoolean(); break;
                case PropertyIdentifier.MessageExpiryInterval: found.MessageExpiryInterval = reader.ReadUInt32(); break;
                case PropertyIdentifier.WillDelayInterval: found.WillDelayInterval = reader.ReadUInt32(); break;
                case PropertyIdentifier.TopicAlias:
                    found.TopicAlias = reader.ReadUInt16();
                    found.HasTopicAlias = true;
                    if (found.TopicAlias == 0) reader.Fail(Violations.TopicAliasZero);
                    break;
                case PropertyIdentifier.SubscriptionIdentifier:
                    (found.SubscriptionIdentifiers ??= new List<uint>(1)).Add(reader.ReadSubscriptionIdentifier());
                    break;
                case PropertyIdentifier.ContentType: reader.ReadUtf8(); break;
                case PropertyIdentifier.ResponseTopic:
                    if (TopicRules.HasWildcard(reader.ReadUtf8().Span)) reader.Fail(Violations.WildcardInResponseTopic);
                    break;
                case PropertyIdentifier.CorrelationData: reader.ReadBinary(); break;
                case PropertyIdentifier.UserProperty:
                    reader.ReadUtf8();
                    reader.ReadUtf8();
                    break;
                default: throw new System.Diagnostics.UnreachableException();
            }
        }
        found.Block = PublishProperties.FromEncoded(block);
    }
}
