namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>One level of the subscription tree. Callers hold the tree's lock.</summary>
internal sealed class TopicNode
{
    private Dictionary<string, TopicNode>? _children;
    private TopicNode? _anyOne;
    private TopicNode? _anyRest;
    private Dictionary<string, SharedGroup>? _groups;

    /// <summary>The subscriptions whose filter ends here. A field, as the set is a struct that changes in place.</summary>
    public SubscriberSet Subscribers;

    private bool IsEmpty => Subscribers.IsEmpty && _groups is null && _children is null && _anyOne is null && _anyRest is null;

    public TopicNode Ensure(ReadOnlySpan<char> filter)
    {
        TopicNode node = this;
        bool ended = false;
        while (TopicName.TryTakeLevel(ref filter, ref ended, out ReadOnlySpan<char> level)) node = node.EnsureChild(level);
        return node;
    }

    public SharedGroup EnsureGroup(string shareName)
    {
        _groups ??= new Dictionary<string, SharedGroup>(StringComparer.Ordinal);
        if (!_groups.TryGetValue(shareName, out SharedGroup? group)) _groups[shareName] = group = new SharedGroup();
        return group;
    }

    /// <summary>Removes the subscription below here and every node that holds nothing afterwards.</summary>
    public bool Remove(ReadOnlySpan<char> filter, bool levelsEnded, ISubscriber subscriber, string? shareName)
    {
        if (!TopicName.TryTakeLevel(ref filter, ref levelsEnded, out ReadOnlySpan<char> level))
            return shareName is null ? Subscribers.Remove(subscriber) is not null : RemoveFromGroup(shareName, subscriber);

        if (FindChild(level) is not { } child || !child.Remove(filter, levelsEnded, subscriber, shareName)) return false;
        if (child.IsEmpty) Forget(level);
        return true;
    }

    public void Match(ReadOnlySpan<char> name, bool levelsEnded, bool wildcards, List<TopicSubscription> matches)
    {
        // "sport/#" matches "sport" itself, so the multi-level wildcard is asked before the levels are (§4.7.1.2).
        if (wildcards) _anyRest?.Collect(matches);
        if (!TopicName.TryTakeLevel(ref name, ref levelsEnded, out ReadOnlySpan<char> level))
        {
            Collect(matches);
            return;
        }

        if (_children is not null && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out TopicNode? child))
            child.Match(name, levelsEnded, wildcards: true, matches);
        if (wildcards) _anyOne?.Match(name, levelsEnded, wildcards: true, matches);
    }

    /// <param name="pattern">With one level <c>+</c>.</param>
    public void ListLevels(ReadOnlySpan<char> pattern, List<string> levels)
    {
        TopicNode? node = this;
        bool ended = false;
        while (node is not null && TopicName.TryTakeLevel(ref pattern, ref ended, out ReadOnlySpan<char> level))
        {
            if (level is not "+")
            {
                node = node.FindChild(level);
                continue;
            }

            if (node._children is null) return;
            foreach ((string name, TopicNode child) in node._children)
            {
                if (child.Find(pattern, ended) is { Subscribers.IsEmpty: false }) levels.Add(name);
            }

            return;
        }
    }

    private TopicNode? Find(ReadOnlySpan<char> filter, bool levelsEnded)
    {
        TopicNode? node = this;
        while (node is not null && TopicName.TryTakeLevel(ref filter, ref levelsEnded, out ReadOnlySpan<char> level)) node = node.FindChild(level);
        return node;
    }

    private void Collect(List<TopicSubscription> matches)
    {
        Subscribers.AddTo(matches);
        if (_groups is null) return;
        foreach (SharedGroup group in _groups.Values)
        {
            if (group.TakeTurn() is { } member) matches.Add(member);
        }
    }

    private TopicNode EnsureChild(ReadOnlySpan<char> level)
    {
        if (level is "+") return _anyOne ??= new TopicNode();
        if (level is "#") return _anyRest ??= new TopicNode();
        _children ??= new Dictionary<string, TopicNode>(StringComparer.Ordinal);
        Dictionary<string, TopicNode>.AlternateLookup<ReadOnlySpan<char>> lookup = _children.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(level, out TopicNode? child)) lookup[level] = child = new TopicNode();
        return child;
    }

    private TopicNode? FindChild(ReadOnlySpan<char> level)
    {
        if (level is "+") return _anyOne;
        if (level is "#") return _anyRest;
        if (_children is null) return null;
        _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out TopicNode? child);
        return child;
    }

    private void Forget(ReadOnlySpan<char> level)
    {
        if (level is "+") _anyOne = null;
        else if (level is "#") _anyRest = null;
        else if (_children!.GetAlternateLookup<ReadOnlySpan<char>>().Remove(level) && _children.Count == 0) _children = null;
    }

    private bool RemoveFromGroup(string shareName, ISubscriber subscriber)
    {
        if (_groups is null || !_groups.TryGetValue(shareName, out SharedGroup? group) || group.Remove(subscriber) is null) return false;
        if (group.Count == 0 && _groups.Remove(shareName) && _groups.Count == 0) _groups = null;
        return true;
    }
}
