using System.Text;

namespace StepCloud.Mqtt.Packets;

/// <summary>PUBLISH (MQTT 5.0 §3.3), the one packet that must cost no allocation.</summary>
/// <remarks>
/// A decoded one refers to the memory it was decoded from: <see cref="Topic"/>, <see cref="Payload"/> and
/// <see cref="Properties"/> are valid as long as that buffer is. Topic Alias, Message Expiry Interval and
/// Subscription Identifiers belong to one hop, not to the message, and so stand beside <see cref="Properties"/>:
/// the encoder takes them from here and never from there. To forward a message, take the packet <c>with</c>
/// other values of those and the same <see cref="Properties"/>.
/// </remarks>
public readonly record struct PublishPacket
{
    /// <summary>UTF-8, valid and without wildcards. Empty: the Topic Alias stands for it (version 5).</summary>
    public ReadOnlyMemory<byte> Topic { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }
    public PublishProperties Properties { get; init; }

    /// <summary>Null: the message does not expire. In seconds.</summary>
    public uint? MessageExpiryInterval { get; init; }

    /// <summary>The Subscription Identifiers that a Server attaches; always empty towards a Server [MQTT-3.3.4-6].</summary>
    public ReadOnlyMemory<uint> SubscriptionIdentifiers { get; init; }

    /// <summary>0: none.</summary>
    public ushort TopicAlias { get; init; }

    /// <summary>0 when, and only when, <see cref="Qos"/> is 0.</summary>
    public ushort PacketIdentifier { get; init; }

    public QualityOfService Qos { get; init; }
    public bool Retain { get; init; }
    public bool Dup { get; init; }

    /// <summary>The Topic Name as a string; allocates.</summary>
    public string GetTopic() => Encoding.UTF8.GetString(Topic.Span);
}
