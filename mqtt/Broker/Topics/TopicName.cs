using System.Text;

namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>The rules of Topic Names (MQTT 5.0 §4.7; MQTT 3.1.1 §4.7 says the same).</summary>
public static class TopicName
{
    public const char Separator = '/';

    /// <summary>The longest topic in UTF-8 bytes: its length travels in two bytes (MQTT 5.0 §1.5.4).</summary>
    public const int BytesMax = 65_535;

    /// <summary>Whether <paramref name="name"/> may be published to: not empty, no wildcard, no U+0000, at most <see cref="BytesMax"/> long.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) =>
        name.Length > 0 && name.IndexOfAny('+', '#', '\0') < 0 && FitsInAString(name);

    /// <summary>How many levels a name or filter has: one more than it has separators.</summary>
    public static int LevelCount(ReadOnlySpan<char> topic) => topic.Count(Separator) + 1;

    /// <summary>Wildcards at the first level do not reach these (MQTT 5.0 §4.7.2).</summary>
    public static bool IsHiddenFromWildcards(ReadOnlySpan<char> name) => name.Length > 0 && name[0] == '$';

    internal static bool FitsInAString(ReadOnlySpan<char> topic) =>
        topic.Length <= BytesMax / 3 || Encoding.UTF8.GetByteCount(topic) <= BytesMax;

    /// <summary>Takes the first level off <paramref name="rest"/>; false when there is none left.</summary>
    internal static bool TryTakeLevel(ref ReadOnlySpan<char> rest, ref bool ended, out ReadOnlySpan<char> level)
    {
        if (ended)
        {
            level = default;
            return false;
        }

        int end = rest.IndexOf(Separator);
        if (end < 0)
        {
            level = rest;
            rest = default;
            ended = true;
        }
        else
        {
            level = rest[..end];
            rest = rest[(end + 1)..];
        }

        return true;
    }
}
