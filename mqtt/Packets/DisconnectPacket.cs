namespace StepCloud.Mqtt.Packets;

/// <summary>DISCONNECT (MQTT 5.0 §3.14). In 3.1.1 it has no content, and only the Client sends it.</summary>
public sealed class DisconnectPacket
{
    public ReasonCode ReasonCode { get; init; } = ReasonCode.NormalDisconnection;

    /// <summary>In seconds, from the Client only [MQTT-3.14.2-2]; null: the one of the CONNECT holds.</summary>
    public uint? SessionExpiryInterval { get; init; }

    public string? ReasonString { get; init; }
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
    public string? ServerReference { get; init; }
}
