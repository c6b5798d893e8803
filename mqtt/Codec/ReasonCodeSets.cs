using System.Collections.Frozen;
using StepCloud.Mqtt.Packets;
using static StepCloud.Mqtt.Packets.ReasonCode;

namespace StepCloud.Mqtt.Codec;

/// <summary>Which Reason Codes a packet may carry (MQTT 5.0 §2.4, table 2-6, and the tables of the packets, which also name the sender).</summary>
internal static class ReasonCodeSets
{
    public static readonly FrozenSet<ReasonCode> ConnAck = FrozenSet.ToFrozenSet(
    [
        Success, UnspecifiedError, MalformedPacket, ProtocolError, ImplementationSpecificError, UnsupportedProtocolVersion,
        ClientIdentifierNotValid, BadUserNameOrPassword, NotAuthorized, ServerUnavailable, ServerBusy, Banned,
        BadAuthenticationMethod, TopicNameInvalid, PacketTooLarge, QuotaExceeded, PayloadFormatInvalid, RetainNotSupported,
        QosNotSupported, UseAnotherServer, ServerMoved, ConnectionRateExceeded,
    ]);

    /// <summary>PUBACK and PUBREC.</summary>
    public static readonly FrozenSet<ReasonCode> PublishReceived = FrozenSet.ToFrozenSet(
    [
        Success, NoMatchingSubscribers, UnspecifiedError, ImplementationSpecificError, NotAuthorized, TopicNameInvalid,
        PacketIdentifierInUse, QuotaExceeded, PayloadFormatInvalid,
    ]);

    /// <summary>PUBREL and PUBCOMP.</summary>
    public static readonly FrozenSet<ReasonCode> PublishReleased = FrozenSet.ToFrozenSet([Success, PacketIdentifierNotFound]);

    public static readonly FrozenSet<ReasonCode> SubAck = FrozenSet.ToFrozenSet(
    [
        GrantedQos0, GrantedQos1, GrantedQos2, UnspecifiedError, ImplementationSpecificError, NotAuthorized, TopicFilterInvalid,
        PacketIdentifierInUse, QuotaExceeded, SharedSubscriptionsNotSupported, SubscriptionIdentifiersNotSupported,
        WildcardSubscriptionsNotSupported,
    ]);

    /// <summary>MQTT 3.1.1 §3.9.3: all others are reserved.</summary>
    public static readonly FrozenSet<ReasonCode> SubAck311 =
        FrozenSet.ToFrozenSet([GrantedQos0, GrantedQos1, GrantedQos2, UnspecifiedError]);

    public static readonly FrozenSet<ReasonCode> UnsubAck = FrozenSet.ToFrozenSet(
    [
        Success, NoSubscriptionExisted, UnspecifiedError, ImplementationSpecificError, NotAuthorized, TopicFilterInvalid,
        PacketIdentifierInUse,
    ]);

    public static readonly FrozenSet<ReasonCode> DisconnectFromClient = FrozenSet.ToFrozenSet(
    [
        NormalDisconnection, DisconnectWithWillMessage, UnspecifiedError, MalformedPacket, ProtocolError,
        ImplementationSpecificError, TopicNameInvalid, ReceiveMaximumExceeded, TopicAliasInvalid, PacketTooLarge,
        MessageRateTooHigh, QuotaExceeded, AdministrativeAction, PayloadFormatInvalid,
    ]);

    public static readonly FrozenSet<ReasonCode> DisconnectFromServer = FrozenSet.ToFrozenSet(
    [
        NormalDisconnection, UnspecifiedError, MalformedPacket, ProtocolError, ImplementationSpecificError, NotAuthorized,
        ServerBusy, ServerShuttingDown, KeepAliveTimeout, SessionTakenOver, TopicFilterInvalid, TopicNameInvalid,
        ReceiveMaximumExceeded, TopicAliasInvalid, PacketTooLarge, MessageRateTooHigh, QuotaExceeded, AdministrativeAction,
        PayloadFormatInvalid, RetainNotSupported, QosNotSupported, UseAnotherServer, ServerMoved,
        SharedSubscriptionsNotSupported, ConnectionRateExceeded, MaximumConnectTime, SubscriptionIdentifiersNotSupported,
        WildcardSubscriptionsNotSupported,
    ]);

    public static readonly FrozenSet<ReasonCode> AuthFromClient = FrozenSet.ToFrozenSet([ContinueAuthentication, ReAuthenticate]);

    public static readonly FrozenSet<ReasonCode> AuthFromServer = FrozenSet.ToFrozenSet([Success, ContinueAuthentication]);
}
