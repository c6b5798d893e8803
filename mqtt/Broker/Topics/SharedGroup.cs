namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>The members of one Shared Subscription: each message goes to one of them, in turn (MQTT 5.0 §4.8.2).</summary>
/// <remarks>Members change under the tree's write lock; turns are taken under its read lock, by several threads at once.</remarks>
internal sealed class SharedGroup
{
    private readonly List<TopicSubscription> _members = [];
    private uint _turn;

    public int Count => _members.Count;

    public TopicSubscription? Set(TopicSubscription member)
    {
        member.Group = this;
        int at = IndexOf(member.Subscriber);
        if (at < 0)
        {
            _members.Add(member);
            return null;
        }

        TopicSubscription before = _members[at];
        _members[at] = member;
        return before;
    }

    public TopicSubscription? Remove(ISubscriber subscriber)
    {
        int at = IndexOf(subscriber);
        if (at < 0) return null;
        TopicSubscription gone = _members[at];
        _members.RemoveAt(at);
        return gone;
    }

    /// <summary>The member whose turn it is, or the next one that is ready; when none is, the one whose turn it was keeps the message.</summary>
    public TopicSubscription? TakeTurn(ISubscriber? except = null)
    {
        if (_members.Count == 0) return null;
        uint first = Interlocked.Increment(ref _turn) - 1;
        TopicSubscription? waiting = null;
        for (int i = 0; i < _members.Count; i++)
        {
            TopicSubscription member = _members[(int)((first + (uint)i) % (uint)_members.Count)];
            if (ReferenceEquals(member.Subscriber, except)) continue;
            if (member.Subscriber.IsReady) return member;
            waiting ??= member;
        }

        return waiting;
    }

    private int IndexOf(ISubscriber subscriber) => _members.FindIndex(m => ReferenceEquals(m.Subscriber, subscriber));
}
