using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>
/// The connection ended before the answer came. Whether the Server had the packet is not known: a message may be sent
/// again, if its receiver can tell a second copy from the first.
/// </summary>
public sealed class MqttConnectionLostException : IOException
{
    public MqttConnectionLostException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }

    public MqttConnectionLostException() : this("The MQTT connection was lost.")
    {
    }

    public MqttConnectionLostException(string message) : base(message)
    {
    }

    /// <summary>What the Server said in DISCONNECT; null: it said nothing.</summary>
    public ReasonCode? ReasonCode { get; init; }
}

/// <summary>The Server answered CONNECT with a refusal.</summary>
public sealed class MqttConnectRefusedException : Exception
{
    public MqttConnectRefusedException(ConnAckPacket connAck)
        : base(connAck.ReasonString is { } reason ? $"The Server refused: {connAck.ReasonCode}, {reason}" : $"The Server refused: {connAck.ReasonCode}.") =>
        ConnAck = connAck;

    public MqttConnectRefusedException() : this(new ConnAckPacket { ReasonCode = ReasonCode.UnspecifiedError })
    {
    }

    public MqttConnectRefusedException(string message) : this(message, null)
    {
    }

    public MqttConnectRefusedException(string message, Exception? innerException) : base(message, innerException) =>
        ConnAck = new ConnAckPacket { ReasonCode = ReasonCode.UnspecifiedError };

    public ConnAckPacket ConnAck { get; }
}
