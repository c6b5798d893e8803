namespace StepCloud.Mqtt.Packets;

/// <summary>CONNECT (MQTT 5.0 §3.1). What the peer left out has the value the standard gives to its absence.</summary>
public sealed class ConnectPacket
{
    public MqttVersion Version { get; init; } = MqttVersion.V500;

    /// <summary>Clean Session in 3.1.1.</summary>
    public bool CleanStart { get; init; }

    /// <summary>In seconds; 0: no keep alive.</summary>
    public ushort KeepAlive { get; init; }

    public string ClientIdentifier { get; init; } = "";
    public string? UserName { get; init; }
    public ReadOnlyMemory<byte>? Password { get; init; }
    public Will? Will { get; init; }

    /// <summary>In seconds; 0: the Session ends with the connection; 0xFFFFFFFF: never (MQTT 5.0 §3.1.2.11.2).</summary>
    public uint SessionExpiryInterval { get; init; }

    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>In bytes, the whole Control Packet; null: no limit but the protocol's.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>The highest Topic Alias the Client accepts; 0: none.</summary>
    public ushort TopicAliasMaximum { get; init; }

    public bool RequestResponseInformation { get; init; }

    /// <summary>False: Reason String and User Properties only in CONNACK, PUBLISH and DISCONNECT [MQTT-3.1.2-29].</summary>
    public bool RequestProblemInformation { get; init; } = true;

    public IReadOnlyList<UserProperty> UserProperties { get; init; } = [];
    public string? AuthenticationMethod { get; init; }
    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }
}
