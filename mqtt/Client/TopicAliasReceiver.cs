using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>The Topic Aliases that the Server has set on this connection (MQTT 5.0 §3.3.2.3.4).</summary>
internal sealed class TopicAliasReceiver(ushort aliasMax)
{
    private readonly byte[]?[] _topics = new byte[]?[aliasMax];

    /// <returns>The Topic Name; null: the alias is above what was allowed, or stands for nothing.</returns>
    public ReadOnlyMemory<byte>? Resolve(in PublishPacket packet)
    {
        if (packet.TopicAlias == 0) return packet.Topic;
        if (packet.TopicAlias > aliasMax) return null;
        ref var topic = ref _topics[packet.TopicAlias - 1];
        if (!packet.Topic.IsEmpty) topic = packet.Topic.ToArray();
        return topic is null ? (ReadOnlyMemory<byte>?)null : topic;
    }
}
