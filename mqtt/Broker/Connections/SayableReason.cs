using System.Collections.Frozen;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>The nearest Reason Code that a packet may carry: ports answer freely, and clients close on a code that is not the packet's.</summary>
internal static class SayableReason
{
    public static ReasonCode InConnAck(ReasonCode code) => Nearest(code, ReasonCodeSets.ConnAck);

    /// <summary>PUBACK and PUBREC.</summary>
    public static ReasonCode InPublishAck(ReasonCode code) => code == ReasonCode.Success ? code : Nearest(code, ReasonCodeSets.PublishReceived);

    public static ReasonCode InSubAck(ReasonCode code) => Nearest(code, ReasonCodeSets.SubAck);

    public static ReasonCode InDisconnect(ReasonCode code) => Nearest(code, ReasonCodeSets.DisconnectFromServer);

    private static ReasonCode Nearest(ReasonCode code, FrozenSet<ReasonCode> sayable)
    {
        if (sayable.Contains(code)) return code;
        var near = code switch
        {
            ReasonCode.BadUserNameOrPassword or ReasonCode.Banned or ReasonCode.BadAuthenticationMethod
                or ReasonCode.ClientIdentifierNotValid => ReasonCode.NotAuthorized,
            ReasonCode.ServerUnavailable => ReasonCode.ServerBusy,
            ReasonCode.PacketTooLarge or ReasonCode.MessageRateTooHigh => ReasonCode.QuotaExceeded,
            _ => ReasonCode.UnspecifiedError,
        };
        return sayable.Contains(near) ? near : ReasonCode.UnspecifiedError;
    }
}
