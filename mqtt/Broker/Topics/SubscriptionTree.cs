namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>Every subscription of the server, found by Topic Name one level at a time.</summary>
/// <remarks>
/// Many threads match while few change it: a reader-writer lock, held for the microseconds of one walk.
/// A walk is bounded by the levels of the name: at each level at most the level itself and <c>+</c> branch on,
/// and how many levels a filter may have is limited where subscriptions are accepted.
/// </remarks>
public sealed class SubscriptionTree : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly TopicNode _root = new();
    private volatile int _count;

    /// <summary>How many subscriptions there are, members of shared ones included.</summary>
    public int Count => _count;

    /// <summary>Adds a subscription or replaces the subscriber's earlier one to the identical filter; true when there was none before.</summary>
    public bool Set(TopicSubscription subscription)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        _lock.EnterWriteLock();
        try
        {
            TopicNode node = _root.Ensure(subscription.Filter.Filter);
            TopicSubscription? before = subscription.Filter.ShareName is { } share
                ? node.EnsureGroup(share).Set(subscription)
                : node.Subscribers.Set(subscription);
            if (before is null) _count++;
            return before is null;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>False when the subscriber had no such subscription.</summary>
    public bool Remove(ISubscriber subscriber, TopicFilter filter)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        ArgumentNullException.ThrowIfNull(filter);
        _lock.EnterWriteLock();
        try
        {
            bool removed = _root.Remove(filter.Filter, levelsEnded: false, subscriber, filter.ShareName);
            if (removed) _count--;
            return removed;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>
    /// Adds to <paramref name="matches"/> each subscription whose filter matches the Topic Name, and of each
    /// matching Shared Subscription the member whose turn it is. A subscriber can be there several times.
    /// </summary>
    public void Match(ReadOnlySpan<char> name, List<TopicSubscription> matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        if (_count == 0) return;
        _lock.EnterReadLock();
        try
        {
            _root.Match(name, levelsEnded: false, wildcards: !TopicName.IsHiddenFromWildcards(name), matches);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>What stands for the one level <c>+</c> of the pattern in filters that somebody has subscribed to by himself.</summary>
    public IReadOnlyList<string> ListLevels(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        List<string> levels = [];
        _lock.EnterReadLock();
        try
        {
            _root.ListLevels(pattern, levels);
            return levels;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Another member of the group, for a message that <paramref name="except"/> will never take; null when there is none.</summary>
    internal TopicSubscription? NextOf(SharedGroup group, ISubscriber except)
    {
        _lock.EnterReadLock();
        try
        {
            return group.TakeTurn(except);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void Dispose() => _lock.Dispose();
}
