namespace StepCloud.Mqtt.Broker.Topics;

/// <summary>The retained message of each topic, found by Topic Filter one level at a time.</summary>
/// <remarks>A reader-writer lock: subscribing reads it, retained publishes change it.</remarks>
internal sealed class RetainedTree : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly Node _root = new();
    private volatile int _count;

    public int Count => _count;

    public bool Contains(string topic) => Get(topic) is not null;

    public MqttMessage? Get(string topic)
    {
        _lock.EnterReadLock();
        try
        {
            return Find(topic)?.Message;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Puts the message in the place of its topic's earlier one; an empty payload takes that away (MQTT 5.0 §3.3.1.3).</summary>
    public void Set(MqttMessage message)
    {
        _lock.EnterWriteLock();
        try
        {
            if (message.Payload.IsEmpty)
            {
                if (_root.Remove(message.Topic, levelsEnded: false)) _count--;
                return;
            }

            var node = _root;
            ReadOnlySpan<char> rest = message.Topic;
            bool ended = false;
            while (TopicName.TryTakeLevel(ref rest, ref ended, out var level)) node = node.Ensure(level);
            if (node.Message is null) _count++;
            node.Message = message;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Removes this very message; false when another one has taken its place meanwhile.</summary>
    public bool Remove(MqttMessage message)
    {
        _lock.EnterWriteLock();
        try
        {
            if (!ReferenceEquals(Find(message.Topic)?.Message, message)) return false;
            _root.Remove(message.Topic, levelsEnded: false);
            _count--;
            return true;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Adds every message whose topic the filter matches; expired ones too.</summary>
    public void Match(TopicFilter filter, List<MqttMessage> matches)
    {
        _lock.EnterReadLock();
        try
        {
            _root.Match(filter.Filter, levelsEnded: false, isRoot: true, matches);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void Dispose() => _lock.Dispose();

    private Node? Find(ReadOnlySpan<char> topic)
    {
        var node = _root;
        bool ended = false;
        while (node is not null && TopicName.TryTakeLevel(ref topic, ref ended, out var level)) node = node.Find(level);
        return node;
    }

    private sealed class Node
    {
        private Dictionary<string, Node>? _children;

        public MqttMessage? Message { get; set; }

        public Node? Find(ReadOnlySpan<char> level) =>
            _children is not null && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out var child) ? child : null;

        public Node Ensure(ReadOnlySpan<char> level)
        {
            _children ??= new Dictionary<string, Node>(StringComparer.Ordinal);
            var lookup = _children.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!lookup.TryGetValue(level, out var child)) lookup[level] = child = new Node();
            return child;
        }

        /// <summary>Removes the message below here and every node that holds nothing afterwards.</summary>
        public bool Remove(ReadOnlySpan<char> rest, bool levelsEnded)
        {
            if (!TopicName.TryTakeLevel(ref rest, ref levelsEnded, out var level))
            {
                bool had = Message is not null;
                Message = null;
                return had;
            }

            if (Find(level) is not { } child || !child.Remove(rest, levelsEnded)) return false;
            if (child.Message is null && child._children is null)
            {
                _children!.GetAlternateLookup<ReadOnlySpan<char>>().Remove(level);
                if (_children.Count == 0) _children = null;
            }

            return true;
        }

        public void Match(ReadOnlySpan<char> filter, bool levelsEnded, bool isRoot, List<MqttMessage> matches)
        {
            if (!TopicName.TryTakeLevel(ref filter, ref levelsEnded, out var level))
            {
                if (Message is not null) matches.Add(Message);
                return;
            }

            if (level is "#")
            {
                AddAll(isRoot, matches);
                return;
            }

            if (level is not "+")
            {
                Find(level)?.Match(filter, levelsEnded, isRoot: false, matches);
                // "sport/#" also matches "sport" (§4.7.1.2), which the child adds itself, as its rest is "#".
                return;
            }

            foreach (var (name, child) in _children ?? [])
            {
                if (!(isRoot && TopicName.IsHiddenFromWildcards(name))) child.Match(filter, levelsEnded, isRoot: false, matches);
            }
        }

        private void AddAll(bool isRoot, List<MqttMessage> matches)
        {
            if (Message is not null) matches.Add(Message);
            foreach (var (name, child) in _children ?? [])
            {
                if (!(isRoot && TopicName.IsHiddenFromWildcards(name))) child.AddAll(isRoot: false, matches);
            }
        }
    }
}
