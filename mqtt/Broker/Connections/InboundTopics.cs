using System.Text;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>Makes the Topic Name of each PUBLISH a string: the alias' (MQTT 5.0 §3.3.2.3.4), the same as last time, or a new one.</summary>
internal sealed class InboundTopics(int aliasMaximum)
{
    private string[]? _aliases;
    private byte[] _lastUtf8 = [];
    private string _last = "";

    /// <summary>False: the alias is 0, over our Topic Alias Maximum, or was never set.</summary>
    public bool TryResolve(ReadOnlySpan<byte> utf8, ushort alias, out string topic)
    {
        topic = "";
        if (alias > aliasMaximum) return false;
        if (!utf8.IsEmpty)
        {
            topic = Read(utf8);
            if (alias > 0) (_aliases ??= new string[aliasMaximum + 1])[alias] = topic;
            return true;
        }

        if (alias == 0 || _aliases?[alias] is not { } known) return false;
        topic = known;
        return true;
    }

    private string Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.SequenceEqual(_lastUtf8)) return _last;
        _lastUtf8 = utf8.ToArray();
        return _last = Encoding.UTF8.GetString(utf8);
    }
}
