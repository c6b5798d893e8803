using System.Collections.Frozen;
using System.Text;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (MQTT 5.0 §3.8 to §3.11).</summary>
/// <remarks>
/// <code>
/// Packet Identifier | properties (v5) | payload
/// payload of SUBSCRIBE: Topic Filter and a byte of options, once or more
/// options: 00 | Retain Handling (2 bits) | Retain As Published | No Local | Maximum QoS (2 bits); 3.1.1: the QoS alone
/// payload of UNSUBSCRIBE: Topic Filter, once or more; of SUBACK and UNSUBACK (v5): a Reason Code for each
/// </code>
/// </remarks>
internal static class SubscribeDecoder
{
    public static SubscribePacket DecodeSubscribe(ref PacketReader reader, MqttVersion version)
    {
        var packetIdentifier = reader.ReadPacketIdentifier();
        uint? subscriptionIdentifier = null;
        List<UserProperty>? userProperties = null;
        if (version == MqttVersion.V500)
        {
            var properties = new PropertyReader(ref reader, PropertySets.Subscribe);
            while (properties.TryNext(ref reader, out var identifier))
            {
                if (identifier == PropertyIdentifier.UserProperty) (userProperties ??= []).Add(reader.ReadUserProperty());
                else subscriptionIdentifier = reader.ReadSubscriptionIdentifier();
            }
        }
        var subscriptions = new List<Subscription>(1);
        while (reader.Remaining > 0) subscriptions.Add(DecodeSubscription(ref reader, version));
        if (subscriptions.Count == 0) reader.Fail(Violations.NoTopicFilter);
        return new SubscribePacket
        {
            PacketIdentifier = packetIdentifier,
            Subscriptions = subscriptions,
            SubscriptionIdentifier = subscriptionIdentifier,
            UserProperties = userProperties ?? (IReadOnlyList<UserProperty>)[],
        };
    }

    public static UnsubscribePacket DecodeUnsubscribe(ref PacketReader reader, MqttVersion version)
    {
        var packetIdentifier = reader.ReadPacketIdentifier();
        List<UserProperty>? userProperties = null;
        if (version == MqttVersion.V500)
        {
            var properties = new PropertyReader(ref reader, PropertySets.Unsubscribe);
            while (properties.TryNext(ref reader, out _)) (userProperties ??= []).Add(reader.ReadUserProperty());
        }
        var filters = new List<string>(1);
        while (reader.Remaining > 0) filters.Add(ReadTopicFilter(ref reader, version, out _));
        if (filters.Count == 0) reader.Fail(Violations.NoTopicFilter);
        return new UnsubscribePacket
        {
            PacketIdentifier = packetIdentifier,
            TopicFilters = filters,
            UserProperties = userProperties ?? (IReadOnlyList<UserProperty>)[],
        };
    }

    public static SubAckPacket DecodeSubAck(ref PacketReader reader, MqttVersion version)
    {
        var packetIdentifier = reader.ReadPacketIdentifier();
        var properties = version == MqttVersion.V500 ? AckProperties.Decode(ref reader) : default;
        return new SubAckPacket
        {
            PacketIdentifier = packetIdentifier,
            ReasonString = properties.ReasonString,
            UserProperties = properties.UserProperties ?? (IReadOnlyList<UserProperty>)[],
            ReasonCodes = ReadReasonCodes(ref reader, version == MqttVersion.V500 ? ReasonCodeSets.SubAck : ReasonCodeSets.SubAck311),
        };
    }

    public static UnsubAckPacket DecodeUnsubAck(ref PacketReader reader, MqttVersion version)
    {
        var packetIdentifier = reader.ReadPacketIdentifier();
        if (version == MqttVersion.V311) return new UnsubAckPacket { PacketIdentifier = packetIdentifier };
        var properties = AckProperties.Decode(ref reader);
        return new UnsubAckPacket
        {
            PacketIdentifier = packetIdentifier,
            ReasonString = properties.ReasonString,
            UserProperties = properties.UserProperties ?? (IReadOnlyList<UserProperty>)[],
            ReasonCodes = ReadReasonCodes(ref reader, ReasonCodeSets.UnsubAck),
        };
    }

    private static Subscription DecodeSubscription(ref PacketReader reader, MqttVersion version)
    {
        var filter = ReadTopicFilter(ref reader, version, out var isShared);
        var options = reader.ReadByte();
        if ((options & (version == MqttVersion.V500 ? 0xC0 : 0xFC)) != 0) reader.Fail(Violations.SubscriptionOptionsReserved);
        if ((options & 0x03) == 3) reader.Fail(Violations.SubscriptionQosThree);
        if ((options & 0x30) == 0x30) reader.Fail(Violations.RetainHandlingThree);
        var noLocal = (options & 0x04) != 0;
        if (noLocal && isShared) reader.Fail(Violations.NoLocalOnShared);
        return new Subscription(filter, (QualityOfService)(options & 0x03))
        {
            NoLocal = noLocal,
            RetainAsPublished = (options & 0x08) != 0,
            RetainHandling = (RetainHandling)((options >> 4) & 0x03),
        };
    }

    private static string ReadTopicFilter(ref PacketReader reader, MqttVersion version, out bool isShared)
    {
        var filter = reader.ReadUtf8().Span;
        if (TopicRules.CheckTopicFilter(filter, version) is { } violation) reader.Fail(violation);
        isShared = TopicRules.IsShared(filter);
        return Encoding.UTF8.GetString(filter);
    }

    private static ReasonCode[] ReadReasonCodes(ref PacketReader reader, FrozenSet<ReasonCode> allowed)
    {
        var raw = reader.ReadRest().Span;
        if (raw.IsEmpty) reader.Fail(Violations.NoReasonCodes);
        var codes = new ReasonCode[raw.Length];
        for (var i = 0; i < raw.Length; i++)
        {
            codes[i] = (ReasonCode)raw[i];
            if (!allowed.Contains(codes[i])) reader.Fail(Violations.UnknownReasonCode);
        }
        return codes;
    }
}
