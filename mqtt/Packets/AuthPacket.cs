namespace StepCloud.Mqtt.Packets;

/// <summary>AUTH (MQTT 5.0 §3.15).</summary>
public sealed class AuthPacket
{
    /// <summary>Success, Continue authentication or Re-authenticate.</summary>
    public ReasonCode ReasonCode { get; init; }

    /// <summary>Null only in the short form of Success, which a Server may send (MQTT 5.0 §3.15.2.1).</summary>
    public string? AuthenticationMethod { get; init; }

    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }
    public string? ReasonString { get; init; }
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
}
