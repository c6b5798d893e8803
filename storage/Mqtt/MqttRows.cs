namespace StepCloud.Storage;

/// <summary>An MQTT session's own row.</summary>
/// <param name="LeftAt">Null while its client is connected.</param>
public sealed record MqttSessionRow(string ClientId, string OwnerKey, TimeSpan Expiry, DateTimeOffset? LeftAt, MqttWillRow? Will);

/// <param name="DelaySeconds">MQTT 5.0 §3.1.3.2.2.</param>
/// <param name="ExpirySeconds">Null: it does not expire.</param>
/// <param name="Properties">As on the wire.</param>
public sealed record MqttWillRow(
    string Topic, ReadOnlyMemory<byte> Payload, byte Qos, bool Retain, uint DelaySeconds, uint? ExpirySeconds, ReadOnlyMemory<byte> Properties);

/// <param name="Identifier">0 for none.</param>
public sealed record MqttSubscriptionRow(
    string ClientId, string TopicFilter, byte MaximumQos, bool NoLocal, bool RetainAsPublished, byte RetainHandling, uint Identifier);

/// <summary>A message as it was published.</summary>
/// <param name="Properties">As on the wire.</param>
public sealed record MqttMessageContent(
    string Topic, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Properties, byte Qos, bool Retain, DateTimeOffset? ExpiresAt);

/// <summary>A message on its way to one client.</summary>
/// <param name="Number">Its place in the session.</param>
/// <param name="Qos">At which it is delivered.</param>
/// <param name="Retain">The flag it is delivered with.</param>
/// <param name="State">How far it has come, in the server's own numbers.</param>
public sealed record MqttMessageRow(
    string ClientId, long Number, MqttMessageContent Content, byte Qos, bool Retain, IReadOnlyList<uint> SubscriptionIdentifiers, byte State);

/// <summary>A session with all that belongs to it.</summary>
/// <param name="Messages">In the order of their numbers.</param>
public sealed record MqttWholeSession(
    MqttSessionRow Session,
    IReadOnlyList<MqttSubscriptionRow> Subscriptions,
    IReadOnlyList<MqttMessageRow> Messages,
    IReadOnlyList<ushort> InboundIdentifiers);
