using System.Text;
using FsCheck;
using FsCheck.Fluent;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>Packets that are right in every respect, of every type, with every property there or not.</summary>
internal static class PacketGenerators
{
    /// <summary>With what is special to UTF-8 and to topics: one to four bytes, a BOM, control and non-characters, <c>$</c>.</summary>
    private static readonly int[] s_characters =
        ['a', 'b', '/', ' ', '$', '.', 0x01, 0x7F, 0xE4, 0x7FF, 0x800, 0x20AC, 0xFEFF, 0xFFFE, 0xFFFF, 0xD7FF, 0xE000, 0x10000, 0x1F600, 0x10FFFF];

    private static readonly Gen<bool> s_bool = Gen.Elements(true, false);

    public static Gen<string> Text { get; } =
        from characters in Gen.Elements(s_characters).ArrayOf()
        select string.Concat(characters.Select(char.ConvertFromUtf32));

    private static readonly Gen<string> s_topic = Text.Select(text => "t" + text);

    private static readonly Gen<string> s_filter = Gen.OneOf(
        s_topic, Gen.Elements("#", "+", "+/#", "a/+/b", "/", "a//b", "$share/group/a/+", "$SYS/#", "/+/", "+/+"));

    private static readonly Gen<ReadOnlyMemory<byte>> s_bytes =
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().Select(bytes => (ReadOnlyMemory<byte>)bytes);

    private static readonly Gen<ushort> s_identifier = Gen.Choose(1, 65535).Select(value => (ushort)value);
    private static readonly Gen<ushort> s_uint16 = Gen.OneOf(Gen.Elements<ushort>(0, 1, 0xFFFF), s_identifier);
    private static readonly Gen<uint> s_uint32 = Gen.OneOf(Gen.Elements(0u, 1u, uint.MaxValue), Gen.Choose(0, int.MaxValue).Select(value => (uint)value));
    private static readonly Gen<uint> s_subscriptionIdentifier = Gen.Elements(1u, 127u, 128u, 16383u, 16384u, 2097151u, 2097152u, 268435455u);
    private static readonly Gen<QualityOfService> s_qos = Gen.Elements(Enum.GetValues<QualityOfService>());

    private static readonly Gen<IReadOnlyList<UserProperty>> s_userProperties =
        (from name in Text from value in Text select new UserProperty(name, value)).ListOf().Select(list => (IReadOnlyList<UserProperty>)[.. list]);

    private static readonly Gen<PublishProperties> s_messageProperties =
        from isUtf8 in s_bool
        from contentType in Maybe(Text)
        from responseTopic in Maybe(s_topic)
        from correlation in MaybeValue(s_bytes)
        from user in s_userProperties
        select PublishProperties.Create(isUtf8, contentType, responseTopic, correlation, user);

    /// <summary>A packet that the role may receive.</summary>
    public static Gen<MqttPacket> Packet(MqttVersion version, MqttRole role)
    {
        var both = new List<Gen<MqttPacket>>
        {
            Publish(version, role).Select(packet => new MqttPacket(packet)),
            Ack(version).Select(packet => new MqttPacket(packet)),
        };
        both.AddRange(role == MqttRole.Server ? ToServer(version) : ToClient(version));
        if (version == MqttVersion.V500) both.Add(Auth(role).Select(packet => new MqttPacket(ControlPacketType.Auth, packet)));
        if (version == MqttVersion.V500 || role == MqttRole.Server)
            both.Add(Disconnect(version, role).Select(packet => new MqttPacket(ControlPacketType.Disconnect, packet)));
        return Gen.OneOf(both);
    }

    private static IEnumerable<Gen<MqttPacket>> ToServer(MqttVersion version) =>
    [
        Connect(version).Select(packet => new MqttPacket(ControlPacketType.Connect, packet)),
        Subscribe(version).Select(packet => new MqttPacket(ControlPacketType.Subscribe, packet)),
        Unsubscribe(version).Select(packet => new MqttPacket(ControlPacketType.Unsubscribe, packet)),
        Gen.Constant(new MqttPacket(ControlPacketType.PingReq)),
    ];

    private static IEnumerable<Gen<MqttPacket>> ToClient(MqttVersion version) =>
    [
        ConnAck(version).Select(packet => new MqttPacket(ControlPacketType.ConnAck, packet)),
        SubAck(version).Select(packet => new MqttPacket(ControlPacketType.SubAck, packet)),
        UnsubAck(version).Select(packet => new MqttPacket(ControlPacketType.UnsubAck, packet)),
        Gen.Constant(new MqttPacket(ControlPacketType.PingResp)),
    ];

    private static Gen<T?> Maybe<T>(Gen<T> gen)
        where T : class => Gen.OneOf(gen.Select(value => (T?)value), Gen.Constant((T?)null));

    private static Gen<T?> MaybeValue<T>(Gen<T> gen)
        where T : struct => Gen.OneOf(gen.Select(value => (T?)value), Gen.Constant((T?)null));

    /// <summary>The properties exist in version 5 alone.</summary>
    private static Gen<T> V5<T>(MqttVersion version, Gen<T> gen, T absent) => version == MqttVersion.V500 ? gen : Gen.Constant(absent);

    private static Gen<PublishPacket> Publish(MqttVersion version, MqttRole role) =>
        from alias in V5(version, s_uint16, (ushort)0)
        from topic in alias == 0 ? s_topic : Gen.OneOf(s_topic, Gen.Constant(""))
        from payload in s_bytes
        from properties in V5(version, s_messageProperties, default)
        from expiry in V5(version, MaybeValue(s_uint32), null)
        from subscriptions in role == MqttRole.Client ? V5(version, s_subscriptionIdentifier.ArrayOf(), []) : Gen.Constant(Array.Empty<uint>())
        from qos in s_qos
        from identifier in s_identifier
        from retain in s_bool
        from dup in s_bool
        select new PublishPacket
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            Payload = payload,
            Properties = properties,
            MessageExpiryInterval = expiry,
            SubscriptionIdentifiers = subscriptions,
            TopicAlias = alias,
            PacketIdentifier = qos == QualityOfService.AtMostOnce ? (ushort)0 : identifier,
            Qos = qos,
            Retain = retain,
            Dup = dup && qos != QualityOfService.AtMostOnce,
        };

    private static Gen<AckPacket> Ack(MqttVersion version) =>
        from type in Gen.Elements(ControlPacketType.PubAck, ControlPacketType.PubRec, ControlPacketType.PubRel, ControlPacketType.PubComp)
        from identifier in s_identifier
        from code in V5(version, type is ControlPacketType.PubAck or ControlPacketType.PubRec ? Codes(ReasonCodeTables.PubAck) : Codes(ReasonCodeTables.PubRel), ReasonCode.Success)
        from reason in V5(version, Maybe(Text), null)
        from user in V5(version, s_userProperties, [])
        select new AckPacket(type, identifier, code) { ReasonString = reason, UserProperties = user };

    private static Gen<ConnectPacket> Connect(MqttVersion version) =>
        from clean in s_bool
        from keepAlive in s_uint16
        from client in s_topic
        from userName in Maybe(Text)
        from password in version == MqttVersion.V311 && userName is null ? Gen.Constant((ReadOnlyMemory<byte>?)null) : MaybeValue(s_bytes)
        from will in Maybe(Will(version))
        from expiry in V5(version, s_uint32, 0u)
        from receive in V5(version, s_identifier, ushort.MaxValue)
        from size in V5(version, MaybeValue(s_uint32.Where(value => value > 0)), null)
        from aliases in V5(version, s_uint16, (ushort)0)
        from responseInformation in V5(version, s_bool, false)
        from problemInformation in V5(version, s_bool, true)
        from user in V5(version, s_userProperties, [])
        from method in V5(version, Maybe(Text), null)
        from data in method is null ? Gen.Constant((ReadOnlyMemory<byte>?)null) : MaybeValue(s_bytes)
        select new ConnectPacket
        {
            Version = version,
            CleanStart = clean,
            KeepAlive = keepAlive,
            ClientIdentifier = client,
            UserName = userName,
            Password = password,
            Will = will,
            SessionExpiryInterval = expiry,
            ReceiveMaximum = receive,
            MaximumPacketSize = size,
            TopicAliasMaximum = aliases,
            RequestResponseInformation = responseInformation,
            RequestProblemInformation = problemInformation,
            UserProperties = user,
            AuthenticationMethod = method,
            AuthenticationData = data,
        };

    private static Gen<Will> Will(MqttVersion version) =>
        from topic in s_topic
        from payload in s_bytes
        from qos in s_qos
        from retain in s_bool
        from delay in V5(version, s_uint32, 0u)
        from expiry in V5(version, MaybeValue(s_uint32), null)
        from properties in V5(version, s_messageProperties, default)
        select new Will
        {
            Topic = topic,
            Payload = payload,
            Qos = qos,
            Retain = retain,
            DelayInterval = delay,
            MessageExpiryInterval = expiry,
            Properties = properties,
        };

    private static Gen<ConnAckPacket> ConnAck(MqttVersion version) =>
        from code in Codes(version == MqttVersion.V500 ? ReasonCodeTables.ConnAck : ReasonCodeTables.ConnAck311)
        from present in s_bool
        from expiry in V5(version, MaybeValue(s_uint32), null)
        from receive in V5(version, s_identifier, ushort.MaxValue)
        from qos in V5(version, s_qos, QualityOfService.ExactlyOnce)
        from flags in V5(version, s_bool.ArrayOf(4), [true, true, true, true])
        from size in V5(version, MaybeValue(s_uint32.Where(value => value > 0)), null)
        from aliases in V5(version, s_uint16, (ushort)0)
        from texts in V5(version, Maybe(Text).ArrayOf(5), new string?[5])
        from user in V5(version, s_userProperties, [])
        from keepAlive in V5(version, MaybeValue(s_uint16), null)
        from data in V5(version, MaybeValue(s_bytes), null)
        select new ConnAckPacket
        {
            SessionPresent = present && code == ReasonCode.Success,
            ReasonCode = code,
            SessionExpiryInterval = expiry,
            ReceiveMaximum = receive,
            MaximumQos = qos,
            RetainAvailable = flags[0],
            WildcardSubscriptionAvailable = flags[1],
            SubscriptionIdentifierAvailable = flags[2],
            SharedSubscriptionAvailable = flags[3],
            MaximumPacketSize = size,
            TopicAliasMaximum = aliases,
            AssignedClientIdentifier = texts[0],
            ReasonString = texts[1],
            ResponseInformation = texts[2],
            ServerReference = texts[3],
            AuthenticationMethod = texts[4],
            UserProperties = user,
            ServerKeepAlive = keepAlive,
            AuthenticationData = data,
        };

    private static Gen<Subscription> Subscription(MqttVersion version) =>
        from filter in s_filter
        from qos in s_qos
        from noLocal in V5(version, s_bool, false)
        from asPublished in V5(version, s_bool, false)
        from handling in V5(version, Gen.Elements(Enum.GetValues<RetainHandling>()), RetainHandling.SendAtSubscribe)
        select new Subscription(filter, qos)
        {
            NoLocal = noLocal && !filter.StartsWith("$share/", StringComparison.Ordinal),
            RetainAsPublished = asPublished,
            RetainHandling = handling,
        };

    private static Gen<SubscribePacket> Subscribe(MqttVersion version) =>
        from identifier in s_identifier
        from subscriptions in Subscription(version).NonEmptyListOf()
        from subscriptionIdentifier in V5(version, MaybeValue(s_subscriptionIdentifier), null)
        from user in V5(version, s_userProperties, [])
        select new SubscribePacket
        {
            PacketIdentifier = identifier,
            Subscriptions = [.. subscriptions],
            SubscriptionIdentifier = subscriptionIdentifier,
            UserProperties = user,
        };

    private static Gen<UnsubscribePacket> Unsubscribe(MqttVersion version) =>
        from identifier in s_identifier
        from filters in s_filter.NonEmptyListOf()
        from user in V5(version, s_userProperties, [])
        select new UnsubscribePacket { PacketIdentifier = identifier, TopicFilters = [.. filters], UserProperties = user };

    private static Gen<SubAckPacket> SubAck(MqttVersion version) =>
        from identifier in s_identifier
        from codes in Codes(version == MqttVersion.V500 ? ReasonCodeTables.SubAck : ReasonCodeTables.SubAck311).NonEmptyListOf()
        from reason in V5(version, Maybe(Text), null)
        from user in V5(version, s_userProperties, [])
        select new SubAckPacket { PacketIdentifier = identifier, ReasonCodes = [.. codes], ReasonString = reason, UserProperties = user };

    private static Gen<UnsubAckPacket> UnsubAck(MqttVersion version) =>
        from identifier in s_identifier
        from codes in V5(version, Codes(ReasonCodeTables.UnsubAck).NonEmptyListOf().Select(list => list.ToArray()), [])
        from reason in V5(version, Maybe(Text), null)
        from user in V5(version, s_userProperties, [])
        select new UnsubAckPacket { PacketIdentifier = identifier, ReasonCodes = codes, ReasonString = reason, UserProperties = user };

    private static Gen<DisconnectPacket> Disconnect(MqttVersion version, MqttRole role) =>
        from code in V5(version, Codes(role == MqttRole.Server ? ReasonCodeTables.DisconnectByClient : ReasonCodeTables.DisconnectByServer), ReasonCode.NormalDisconnection)
        from expiry in role == MqttRole.Server ? V5(version, MaybeValue(s_uint32), null) : Gen.Constant((uint?)null)
        from reason in V5(version, Maybe(Text), null)
        from user in V5(version, s_userProperties, [])
        from reference in V5(version, Maybe(Text), null)
        select new DisconnectPacket
        {
            ReasonCode = code,
            SessionExpiryInterval = expiry,
            ReasonString = reason,
            UserProperties = user,
            ServerReference = reference,
        };

    private static Gen<AuthPacket> Auth(MqttRole role) =>
        from code in Codes(role == MqttRole.Server ? [0x18, 0x19] : [0x00, 0x18])
        from method in Text
        from data in MaybeValue(s_bytes)
        from reason in Maybe(Text)
        from user in s_userProperties
        select new AuthPacket
        {
            ReasonCode = code,
            AuthenticationMethod = method,
            AuthenticationData = data,
            ReasonString = reason,
            UserProperties = user,
        };

    private static Gen<ReasonCode> Codes(byte[] codes) => Gen.Elements(codes).Select(code => (ReasonCode)code);
}
