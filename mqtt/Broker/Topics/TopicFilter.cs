using System.Diagnostics.CodeAnalysis;

namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>A Topic Filter that follows the rules of MQTT 5.0 §4.7.1, with the share name taken off when it is a Shared Subscription's (§4.8.2).</summary>
/// <remarks>
/// Two filters are equal when their full text is (§3.8.4 speaks of an "identical" Topic Filter).
/// <c>$share/</c> is understood for MQTT 3.1.1 clients too, as the brokers of the field do.
/// </remarks>
public sealed class TopicFilter : IEquatable<TopicFilter>
{
    private const string SharePrefix = "$share/";

    private TopicFilter(string text, string filter, string? shareName)
    {
        Text = text;
        Filter = filter;
        ShareName = shareName;
    }

    /// <summary>As the client sent it, with <c>$share/{name}/</c> where there is one.</summary>
    public string Text { get; }

    /// <summary>What Topic Names are matched against.</summary>
    public string Filter { get; }

    /// <summary>The name of the group that shares this subscription; null when it is the client's own.</summary>
    public string? ShareName { get; }

    public bool IsShared => ShareName is not null;

    public bool HasWildcard => Filter.AsSpan().IndexOfAny('+', '#') >= 0;

    public static bool TryParse(string text, [NotNullWhen(true)] out TopicFilter? filter)
    {
        ArgumentNullException.ThrowIfNull(text);
        filter = null;
        if (!TopicName.FitsInAString(text)) return false;

        string? shareName = null;
        string own = text;
        if (text.StartsWith(SharePrefix, StringComparison.Ordinal))
        {
            int end = text.IndexOf(TopicName.Separator, SharePrefix.Length);
            if (end <= SharePrefix.Length) return false;
            shareName = text[SharePrefix.Length..end];
            own = text[(end + 1)..];
            if (shareName.AsSpan().IndexOfAny('+', '#', '\0') >= 0) return false;
        }

        if (!IsWellFormed(own)) return false;
        filter = new TopicFilter(text, own, shareName);
        return true;
    }

    public bool Matches(ReadOnlySpan<char> name)
    {
        ReadOnlySpan<char> filter = Filter;
        if (TopicName.IsHiddenFromWildcards(name) && filter[0] is '+' or '#') return false;

        bool filterEnded = false, nameEnded = false;
        while (TopicName.TryTakeLevel(ref filter, ref filterEnded, out ReadOnlySpan<char> wanted))
        {
            // "sport/#" also matches "sport": the multi-level wildcard includes its parent (§4.7.1.2).
            if (wanted is "#") return true;
            if (!TopicName.TryTakeLevel(ref name, ref nameEnded, out ReadOnlySpan<char> level)) return false;
            if (wanted is not "+" && !wanted.SequenceEqual(level)) return false;
        }

        return nameEnded;
    }

    public bool Equals(TopicFilter? other) => other is not null && other.Text == Text;

    public override bool Equals(object? obj) => Equals(obj as TopicFilter);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    private static bool IsWellFormed(ReadOnlySpan<char> filter)
    {
        if (filter.IsEmpty || filter.Contains('\0')) return false;
        bool ended = false;
        while (TopicName.TryTakeLevel(ref filter, ref ended, out ReadOnlySpan<char> level))
        {
            if (level.IndexOfAny('+', '#') < 0) continue;
            if (level.Length > 1 || (level[0] == '#' && !ended)) return false;
        }

        return true;
    }
}
