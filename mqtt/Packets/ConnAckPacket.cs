namespace StepCloud.Mqtt.Packets;

/// <summary>
/// CONNACK (MQTT 5.0 §3.2). What the Server left out has the value the standard gives to its absence.
/// In 3.1.1 only <see cref="SessionPresent"/> and the return code exist; the codec converts the latter.
/// </summary>
public sealed class ConnAckPacket
{
    public bool SessionPresent { get; init; }
    public ReasonCode ReasonCode { get; init; }

    /// <summary>In seconds; null: the Server uses the one of the CONNECT.</summary>
    public uint? SessionExpiryInterval { get; init; }

    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;
    public QualityOfService MaximumQos { get; init; } = QualityOfService.ExactlyOnce;
    public bool RetainAvailable { get; init; } = true;

    /// <summary>In bytes, the whole Control Packet; null: no limit but the protocol's.</summary>
    public uint? MaximumPacketSize { get; init; }

    public string? AssignedClientIdentifier { get; init; }

    /// <summary>The highest Topic Alias the Server accepts; 0: none.</summary>
    public ushort TopicAliasMaximum { get; init; }

    public string? ReasonString { get; init; }
    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
    public bool WildcardSubscriptionAvailable { get; init; } = true;
    public bool SubscriptionIdentifierAvailable { get; init; } = true;
    public bool SharedSubscriptionAvailable { get; init; } = true;

    /// <summary>In seconds; null: the Keep Alive of the CONNECT holds [MQTT-3.2.2-21].</summary>
    public ushort? ServerKeepAlive { get; init; }

    public string? ResponseInformation { get; init; }
    public string? ServerReference { get; init; }
    public string? AuthenticationMethod { get; init; }
    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }
}
