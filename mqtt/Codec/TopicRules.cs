using System.Buffers;
using System.Text;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Codec;

/// <summary>The form of Topic Names and Topic Filters (MQTT 5.0 §4.7 and §4.8.2). All take valid UTF-8.</summary>
public static class TopicRules
{
    private static readonly SearchValues<byte> s_wildcards = SearchValues.Create("+#"u8);

    public static bool HasWildcard(ReadOnlySpan<byte> topic) => topic.ContainsAny(s_wildcards);

    /// <summary>What is wrong with a Topic Name; null: nothing.</summary>
    public static Violation? CheckTopicName(ReadOnlySpan<byte> topic)
    {
        if (topic.IsEmpty) return Violations.EmptyTopicName;
        return HasWildcard(topic) ? Violations.WildcardInTopicName : null;
    }

    /// <summary>What is wrong with a Topic Filter; null: nothing.</summary>
    /// <param name="filter">The whole filter, <c>$share/{ShareName}/</c> included.</param>
    /// <param name="version">Shared Subscriptions are of version 5: for 3.1.1 <c>$share</c> is a level like any other.</param>
    public static Violation? CheckTopicFilter(ReadOnlySpan<byte> filter, MqttVersion version)
    {
        if (filter.IsEmpty) return Violations.EmptyTopicFilter;
        if (version == MqttVersion.V500 && IsShared(filter))
        {
            var violation = CheckShareName(filter, out var shared);
            return violation ?? CheckLevels(shared);
        }
        return CheckLevels(filter);
    }

    public static Violation? CheckTopicFilter(string filter, MqttVersion version) =>
        Utf8String.IsValid(filter) ? CheckTopicFilter(Encoding.UTF8.GetBytes(filter), version) : Violations.IllFormedUtf8;

    /// <summary>Begins with <c>$share/</c> (MQTT 5.0 §4.8.2).</summary>
    public static bool IsShared(ReadOnlySpan<byte> filter) => filter.StartsWith("$share/"u8);

    private static Violation? CheckShareName(ReadOnlySpan<byte> filter, out ReadOnlySpan<byte> shared)
    {
        shared = default;
        var rest = filter["$share/".Length..];
        var slash = rest.IndexOf((byte)'/');
        var name = slash < 0 ? rest : rest[..slash];
        if (name.IsEmpty) return Violations.ShareNameEmpty;
        if (slash < 0 || slash == rest.Length - 1 || HasWildcard(name)) return Violations.ShareNameForm;
        shared = rest[(slash + 1)..];
        return null;
    }

    private static Violation? CheckLevels(ReadOnlySpan<byte> filter)
    {
        foreach (var range in filter.Split((byte)'/'))
        {
            var level = filter[range];
            if (level.Contains((byte)'#') && (level.Length > 1 || range.End.GetOffset(filter.Length) != filter.Length))
                return Violations.MultiLevelWildcard;
            if (level.Contains((byte)'+') && level.Length > 1) return Violations.SingleLevelWildcard;
        }
        return null;
    }
}
