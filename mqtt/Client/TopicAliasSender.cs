using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>Gives the first topics of a connection an alias, and later sends the alias alone (MQTT 5.0 §3.3.2.3.4).</summary>
internal sealed class TopicAliasSender(ushort aliasMax)
{
    private readonly Dictionary<string, ushort> _aliases = new(StringComparer.Ordinal);

    public bool Send(SendQueue output, in PublishPacket message)
    {
        var topic = message.GetTopic();
        if (_aliases.TryGetValue(topic, out var known)) return output.Send(message with { Topic = default, TopicAlias = known });
        if (_aliases.Count < aliasMax)
        {
            var alias = (ushort)(_aliases.Count + 1);
            if (output.Send(message with { TopicAlias = alias }))
            {
                _aliases.Add(topic, alias);
                return true;
            }
        }
        return output.Send(message);
    }
}
