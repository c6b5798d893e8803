namespace StepCloud.Mqtt.Packets;

/// <summary>The Will Message of a CONNECT (MQTT 5.0 §3.1.3.2 to §3.1.3.4). It owns its memory.</summary>
public sealed class Will
{
    public required string Topic { get; init; }
    public ReadOnlyMemory<byte> Payload { get; init; }
    public QualityOfService Qos { get; init; }
    public bool Retain { get; init; }

    /// <summary>In seconds (MQTT 5.0 §3.1.3.2.2).</summary>
    public uint DelayInterval { get; init; }

    /// <summary>In seconds; null: the message does not expire (MQTT 5.0 §3.1.3.2.4).</summary>
    public uint? MessageExpiryInterval { get; init; }

    /// <summary>Payload Format Indicator, Content Type, Response Topic, Correlation Data and User Properties.</summary>
    public PublishProperties Properties { get; init; }
}
