using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>How a publication ended.</summary>
/// <param name="ReasonCode">
/// Of the PUBACK, of the PUBCOMP, or of the PUBREC that refused. In 3.1.1, and at QoS 0, always Success. What the Server
/// said in its CONNACK that it would not take is not sent at all: QoS not supported, Retain not supported, Packet too large.
/// </param>
/// <param name="ReasonString">The Server's words, if it gave any.</param>
public readonly record struct PublishResult(ReasonCode ReasonCode, string? ReasonString = null)
{
    public bool IsSuccess => !ReasonCode.IsFailure();
}
