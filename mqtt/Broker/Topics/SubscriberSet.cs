namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>The subscriptions that end at one node of the tree. Most nodes hold one, some hold ten thousand: one field for the former, a dictionary for the latter.</summary>
internal struct SubscriberSet
{
    private TopicSubscription? _one;
    private Dictionary<ISubscriber, TopicSubscription>? _many;

    public readonly bool IsEmpty => _one is null && _many is null;

    /// <summary>Adds the subscription, or puts it in the place of the same subscriber's earlier one, which is returned (MQTT 5.0 §3.8.4).</summary>
    public TopicSubscription? Set(TopicSubscription added)
    {
        if (_many is not null)
        {
            _many.Remove(added.Subscriber, out TopicSubscription? replaced);
            _many.Add(added.Subscriber, added);
            return replaced;
        }

        if (_one is null || ReferenceEquals(_one.Subscriber, added.Subscriber))
        {
            TopicSubscription? replaced = _one;
            _one = added;
            return replaced;
        }

        _many = new Dictionary<ISubscriber, TopicSubscription>(ReferenceEqualityComparer.Instance) { [_one.Subscriber] = _one, [added.Subscriber] = added };
        _one = null;
        return null;
    }

    public TopicSubscription? Remove(ISubscriber subscriber)
    {
        if (_many is not null)
        {
            if (!_many.Remove(subscriber, out TopicSubscription? gone)) return null;
            if (_many.Count == 0) _many = null;
            return gone;
        }

        if (_one is null || !ReferenceEquals(_one.Subscriber, subscriber)) return null;
        TopicSubscription only = _one;
        _one = null;
        return only;
    }

    public readonly void AddTo(List<TopicSubscription> matches)
    {
        if (_one is not null) matches.Add(_one);
        else if (_many is not null) matches.AddRange(_many.Values);
    }
}
