using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker;

/// <summary>Brings messages to the sessions whose subscriptions match.</summary>
internal sealed class Router(SubscriptionTree subscriptions, RetainedMessages retained, SessionServices services)
{
    [ThreadStatic]
    private static Routing? t_free;

    /// <summary>Begins a round of messages, to be disposed on the same thread: then everything they have caused is flushed, each connection once.</summary>
    public Routing Begin()
    {
        var routing = t_free ?? new Routing();
        t_free = null;
        routing.Begin(this);
        return routing;
    }

    /// <summary>
    /// The session is over: what it had of shared subscriptions goes to another member (MQTT 5.0 §4.8.2), but for QoS 2 messages under way, which
    /// no other may get. The rest is lost, and the observer is told.
    /// </summary>
    public void PassOn(Session ended, IReadOnlyList<OutgoingMessage> left)
    {
        using var routing = Begin();
        foreach (var message in left)
        {
            if (message.State is OutgoingState.AwaitsPubRec or OutgoingState.AwaitsPubComp) continue;
            if (message.Group is { } group && subscriptions.NextOf(group, ended) is { } next)
            {
                routing.Deliver((Session)next.Subscriber, new OutgoingMessage(message.Message)
                {
                    Qos = Lower(message.Message.Qos, next.MaximumQos),
                    Retain = message.Message.Retain && next.RetainAsPublished,
                    SubscriptionIdentifiers = next.Identifiers,
                    Group = group,
                });
            }
            else if (message.State == OutgoingState.Waits)
            {
                services.OnDropped(ended, message.Message, DropReason.SessionEnded);
            }
        }
    }

    internal sealed class Routing : IDisposable
    {
        private readonly List<TopicSubscription> _matches = [];
        private readonly Dictionary<ISubscriber, int> _seen = new(ReferenceEqualityComparer.Instance);
        private readonly HashSet<ISessionLink> _touched = new(ReferenceEqualityComparer.Instance);
        private Router _router = null!;
        private bool _isEchoed;

        /// <summary>Whether something was changed that has to be stored before it can be answered.</summary>
        public bool MustBeStored { get; private set; }

        /// <summary>How many sessions have taken a message of this round.</summary>
        public int TakenCount { get; private set; }

        internal void Begin(Router router)
        {
            _router = router;
            MustBeStored = false;
            TakenCount = 0;
        }

        /// <summary>Routes a message as it was received; it is copied only if someone wants it.</summary>
        /// <param name="isEchoed">Whether the publisher gets it too, where it subscribes.</param>
        public void Route(in PublishPacket packet, string topic, Session? publisher, bool isEchoed = true)
        {
            _isEchoed = isEchoed;
            _matches.Clear();
            _router.Match(topic, _matches);
            if (_matches.Count == 0 && !packet.Retain) return;
            Deliver(_router.Detach(packet, topic), publisher);
        }

        /// <param name="isRetained">It was retained already, if it says so.</param>
        public void Route(MqttMessage message, Session? publisher, bool isRetained = false)
        {
            _isEchoed = true;
            _matches.Clear();
            _router.Match(message.Topic, _matches);
            Deliver(message, publisher, isRetained);
        }

        /// <summary>Hands one delivery to its session.</summary>
        public DeliveryOutcome Deliver(Session session, OutgoingMessage message, bool evenIfFull = false)
        {
            if (session.Deliver(message, evenIfFull, out var outcome) is { } touched) _touched.Add(touched);
            if (outcome == DeliveryOutcome.Taken)
            {
                TakenCount++;
                MustBeStored |= session.Journal is not null;
            }
            else if (outcome == DeliveryOutcome.QueueFull)
            {
                _router.OnDropped(session, message.Message);
            }

            return outcome;
        }

        public void Dispose()
        {
            foreach (var link in _touched) link.Flush();
            _touched.Clear();
            _matches.Clear();
            _seen.Clear();
            t_free = this;
        }

        private void Deliver(MqttMessage message, Session? publisher, bool isRetained = false)
        {
            if (message.Retain && !isRetained)
            {
                _router.Retain(message);
                MustBeStored |= _router.RetainedAreStored;
            }

            if (_matches.Count == 1)
            {
                DeliverOne(message, publisher, _matches[0]);
                return;
            }

            // Overlapping subscriptions of a client make one message, at the highest QoS and with all identifiers (MQTT 5.0 §3.3.4).
            // What it gets as a member of a shared subscription is apart from that.
            _seen.Clear();
            for (int i = 0; i < _matches.Count; i++)
            {
                var match = _matches[i];
                if (match.Group is not null) DeliverOne(message, publisher, match);
                else if (!IsOwn(match, publisher)) _seen[match.Subscriber] = _seen.GetValueOrDefault(match.Subscriber) + 1;
            }

            for (int i = 0; i < _matches.Count && _seen.Count > 0; i++)
            {
                var match = _matches[i];
                if (match.Group is not null || !_seen.TryGetValue(match.Subscriber, out int count) || IsOwn(match, publisher)) continue;
                _seen.Remove(match.Subscriber);
                if (count == 1) DeliverOne(message, publisher, match);
                else DeliverMerged(message, publisher, match.Subscriber);
            }
        }

        private void DeliverOne(MqttMessage message, Session? publisher, TopicSubscription match)
        {
            if (IsOwn(match, publisher)) return;
            Deliver((Session)match.Subscriber, new OutgoingMessage(message)
            {
                Qos = Lower(message.Qos, match.MaximumQos),
                Retain = message.Retain && match.RetainAsPublished,
                SubscriptionIdentifiers = match.Identifiers,
                Group = match.Group,
            });
        }

        private void DeliverMerged(MqttMessage message, Session? publisher, ISubscriber subscriber)
        {
            var maximum = QualityOfService.AtMostOnce;
            bool retain = false;
            List<uint> identifiers = [];
            foreach (var match in _matches)
            {
                if (match.Group is not null || !ReferenceEquals(match.Subscriber, subscriber) || IsOwn(match, publisher)) continue;
                if (match.MaximumQos > maximum) maximum = match.MaximumQos;
                retain |= message.Retain && match.RetainAsPublished;
                if (match.Identifier > 0) identifiers.Add(match.Identifier);
            }

            Deliver((Session)subscriber, new OutgoingMessage(message)
            {
                Qos = Lower(message.Qos, maximum),
                Retain = retain,
                SubscriptionIdentifiers = identifiers.Count == 0 ? default : identifiers.ToArray(),
            });
        }

        private bool IsOwn(TopicSubscription match, Session? publisher) => (match.NoLocal || !_isEchoed) && ReferenceEquals(match.Subscriber, publisher);
    }

    internal static QualityOfService Lower(QualityOfService left, QualityOfService right) => left < right ? left : right;

    /// <summary>A message that outlives the buffer it was read into.</summary>
    internal MqttMessage Detach(in PublishPacket packet, string topic) => new()
    {
        Topic = topic,
        Payload = packet.Payload.ToArray(),
        Properties = packet.Properties.Detach(),
        Qos = packet.Qos,
        Retain = packet.Retain,
        ExpiresAt = packet.MessageExpiryInterval is { } seconds ? services.Now.AddSeconds(seconds) : null,
    };

    private bool RetainedAreStored => retained.IsStored;

    private void Match(string topic, List<TopicSubscription> matches) => subscriptions.Match(topic, matches);

    private void Retain(MqttMessage message) => retained.Set(message);

    private void OnDropped(Session session, MqttMessage message) => services.OnDropped(session, message, DropReason.QueueFull);
}
