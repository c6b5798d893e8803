using System.Text;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>An Application Message on its way to subscribers. It owns its memory and never changes, so that many sessions share one.</summary>
public sealed class MqttMessage
{
    private byte[]? _topicUtf8;

    /// <summary>A valid Topic Name.</summary>
    public required string Topic { get; init; }

    /// <summary>Must not change afterwards.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    public QualityOfService Qos { get; init; }
    public bool Retain { get; init; }

    /// <summary>Must own its memory (<see cref="PublishProperties.Detach"/>).</summary>
    public PublishProperties Properties { get; init; }

    /// <summary>After this it is not sent to anyone new. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    internal ReadOnlyMemory<byte> TopicUtf8 => _topicUtf8 ??= Encoding.UTF8.GetBytes(Topic);

    /// <summary>What it counts for in a queue: its bytes, and a round figure for the objects around them.</summary>
    internal int Cost => Payload.Length + Properties.Encoded.Length + Topic.Length + 128;

    internal bool HasExpired(DateTimeOffset now) => ExpiresAt is { } end && end <= now;

    /// <summary>What is left of the Message Expiry Interval, in seconds and at least 1 (MQTT 5.0 §3.3.2.3.3).</summary>
    internal uint? RemainingExpiry(DateTimeOffset now) =>
        ExpiresAt is { } end ? (uint)Math.Clamp(Math.Ceiling((end - now).TotalSeconds), 1, uint.MaxValue) : null;
}
