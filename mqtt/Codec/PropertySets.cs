using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>Which properties belong in which packet (MQTT 5.0 §2.2.2.2, table 2-4), as one bit for each identifier.</summary>
internal static class PropertySets
{
    public const ulong UserProperty = 1UL << (int)PropertyIdentifier.UserProperty;

    public static readonly ulong Connect = Of(
        PropertyIdentifier.SessionExpiryInterval, PropertyIdentifier.AuthenticationMethod, PropertyIdentifier.AuthenticationData,
        PropertyIdentifier.RequestProblemInformation, PropertyIdentifier.RequestResponseInformation,
        PropertyIdentifier.ReceiveMaximum, PropertyIdentifier.TopicAliasMaximum, PropertyIdentifier.UserProperty,
        PropertyIdentifier.MaximumPacketSize);

    public static readonly ulong ConnAck = Of(
        PropertyIdentifier.SessionExpiryInterval, PropertyIdentifier.AssignedClientIdentifier, PropertyIdentifier.ServerKeepAlive,
        PropertyIdentifier.AuthenticationMethod, PropertyIdentifier.AuthenticationData, PropertyIdentifier.ResponseInformation,
        PropertyIdentifier.ServerReference, PropertyIdentifier.ReasonString, PropertyIdentifier.ReceiveMaximum,
        PropertyIdentifier.TopicAliasMaximum, PropertyIdentifier.MaximumQos, PropertyIdentifier.RetainAvailable,
        PropertyIdentifier.UserProperty, PropertyIdentifier.MaximumPacketSize, PropertyIdentifier.WildcardSubscriptionAvailable,
        PropertyIdentifier.SubscriptionIdentifierAvailable, PropertyIdentifier.SharedSubscriptionAvailable);

    public static readonly ulong Will = Of(
        PropertyIdentifier.WillDelayInterval, PropertyIdentifier.PayloadFormatIndicator, PropertyIdentifier.MessageExpiryInterval,
        PropertyIdentifier.ContentType, PropertyIdentifier.ResponseTopic, PropertyIdentifier.CorrelationData,
        PropertyIdentifier.UserProperty);

    public static readonly ulong Publish = Of(
        PropertyIdentifier.PayloadFormatIndicator, PropertyIdentifier.MessageExpiryInterval, PropertyIdentifier.ContentType,
        PropertyIdentifier.ResponseTopic, PropertyIdentifier.CorrelationData, PropertyIdentifier.SubscriptionIdentifier,
        PropertyIdentifier.TopicAlias, PropertyIdentifier.UserProperty);

    /// <summary>PUBLISH to a Client may carry several Subscription Identifiers (MQTT 5.0 §3.3.2.3.8).</summary>
    public static readonly ulong PublishRepeatable = Of(PropertyIdentifier.UserProperty, PropertyIdentifier.SubscriptionIdentifier);

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.</summary>
    public static readonly ulong Ack = Of(PropertyIdentifier.ReasonString, PropertyIdentifier.UserProperty);

    public static readonly ulong Subscribe = Of(PropertyIdentifier.SubscriptionIdentifier, PropertyIdentifier.UserProperty);

    public static readonly ulong Unsubscribe = UserProperty;

    public static readonly ulong Disconnect = Of(
        PropertyIdentifier.SessionExpiryInterval, PropertyIdentifier.ServerReference, PropertyIdentifier.ReasonString,
        PropertyIdentifier.UserProperty);

    public static readonly ulong Auth = Of(
        PropertyIdentifier.AuthenticationMethod, PropertyIdentifier.AuthenticationData, PropertyIdentifier.ReasonString,
        PropertyIdentifier.UserProperty);

    public static ulong Bit(PropertyIdentifier identifier) => 1UL << (int)identifier;

    private static ulong Of(params ReadOnlySpan<PropertyIdentifier> identifiers)
    {
        var set = 0UL;
        foreach (var identifier in identifiers) set |= Bit(identifier);
        return set;
    }
}
