using System.Text;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>An application message from the Server. It owns its memory.</summary>
public sealed class ReceivedMessage
{
    private string? _topic;

    /// <param name="packet">As decoded; the message keeps nothing of its buffer.</param>
    /// <param name="topic">The Topic Name, also where the packet has an alias in its place.</param>
    internal ReceivedMessage(in PublishPacket packet, ReadOnlySpan<byte> topic)
    {
        var memory = new byte[topic.Length + packet.Payload.Length];
        topic.CopyTo(memory);
        packet.Payload.Span.CopyTo(memory.AsSpan(topic.Length));
        TopicUtf8 = memory.AsMemory(0, topic.Length);
        Payload = memory.AsMemory(topic.Length);
        Properties = packet.Properties.Detach();
        SubscriptionIdentifiers = packet.SubscriptionIdentifiers;
        MessageExpiryInterval = packet.MessageExpiryInterval;
        PacketIdentifier = packet.PacketIdentifier;
        Qos = packet.Qos;
        Retain = packet.Retain;
        Dup = packet.Dup;
    }

    public string Topic => _topic ??= Encoding.UTF8.GetString(TopicUtf8.Span);
    public ReadOnlyMemory<byte> TopicUtf8 { get; }
    public ReadOnlyMemory<byte> Payload { get; }
    public PublishProperties Properties { get; }
    public ReadOnlyMemory<uint> SubscriptionIdentifiers { get; }

    /// <summary>In seconds.</summary>
    public uint? MessageExpiryInterval { get; }

    public QualityOfService Qos { get; }
    public bool Retain { get; }
    public bool Dup { get; }
    internal ushort PacketIdentifier { get; }
}
