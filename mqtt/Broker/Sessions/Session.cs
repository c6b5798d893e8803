using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Sessions;

/// <summary>What server and client know of each other beyond one connection (MQTT 5.0 §4.1): the messages on their way, the subscriptions, the Will.</summary>
/// <remarks>
/// Thread-safe. Whoever gives it something to deliver must flush the link it then returns: so several messages go in one write.
/// Lock order: session, then outbox; the subscription tree is never changed under the session's lock.
/// </remarks>
internal sealed class Session(string clientIdentifier, string ownerKey, SessionLimits limits, SessionServices services) : ISubscriber
{
    private readonly Lock _gate = new();
    private readonly OutgoingMessages _outgoing = new();
    private HashSet<ushort>? _inbound;
    private ISessionLink? _link;
    private int _quotaHeld;
    private volatile bool _hasBacklog;
    private bool _ended;
    private bool _isLost;

    public string ClientIdentifier { get; } = clientIdentifier;

    /// <summary>The key of the identity it belongs to.</summary>
    public string OwnerKey { get; } = ownerKey;

    public SessionLimits Limits { get; set; } = limits;

    /// <summary>Where changes are noted; null when the session lives in memory only.</summary>
    public SessionJournal? Journal { get; set; }

    /// <summary>How long it outlives its connection. Zero: not at all.</summary>
    public TimeSpan ExpiryInterval { get; set; }

    /// <summary>What is published if the client goes away without a word. Whoever opens or ends the session has it to himself then.</summary>
    public Will? Will { get; set; }

    /// <summary>Another server goes on with it: nothing more comes of what is here.</summary>
    public bool IsLost
    {
        get => Volatile.Read(ref _isLost);
        set => Volatile.Write(ref _isLost, value);
    }

    /// <summary>The Will that is on its way to the application and the subscribers.</summary>
    public Task WillUnderWay { get; set; } = Task.CompletedTask;

    /// <summary>The client of the present or last connection.</summary>
    public ConnectedClient? Client { get; set; }

    /// <summary>By the full text of their filters. Only the session's connection changes them, or whoever ends the session.</summary>
    public Dictionary<string, TopicSubscription> Subscriptions { get; } = new(StringComparer.Ordinal);

    public bool IsReady => _link is not null && !_hasBacklog;

    public bool IsConnected => _link is not null;

    /// <summary>Whether a message waits for room or an acknowledgement; a hint that costs no lock.</summary>
    public bool HasBacklog => _hasBacklog;

    public int WaitingCount
    {
        get
        {
            lock (_gate) return _outgoing.WaitingCount;
        }
    }

    /// <summary>Takes a message for the client.</summary>
    /// <returns>The link to flush, if something was appended to it.</returns>
    public ISessionLink? Deliver(OutgoingMessage message, bool evenIfFull, out DeliveryOutcome outcome)
    {
        lock (_gate)
        {
            outcome = Enqueue(message, evenIfFull);
            return outcome == DeliveryOutcome.Taken && Pump() ? _link : null;
        }
    }

    /// <summary>From now on messages go to this link: first what was in flight, with DUP, then what waits (MQTT 5.0 §4.4).</summary>
    public void Attach(ISessionLink link)
    {
        lock (_gate)
        {
            _link = link;
            _quotaHeld = 0;
            _outgoing.Rewind();
            Pump();
        }
    }

    /// <summary>Ends the hold of that link; a later one keeps its own.</summary>
    public void Detach(ISessionLink link)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_link, link)) _link = null;
        }
    }

    /// <summary>Sends on what waited for room, or for the store.</summary>
    public ISessionLink? Refill()
    {
        if (!_hasBacklog) return null;
        lock (_gate) return Pump() ? _link : null;
    }

    /// <summary>PUBACK, PUBREC or PUBCOMP of the client.</summary>
    /// <returns>The link to flush, if something was appended to it.</returns>
    public ISessionLink? Acknowledge(in AckPacket ack)
    {
        lock (_gate)
        {
            _outgoing.TryFind(ack.PacketIdentifier, out var message);
            switch (ack.Type, message?.State)
            {
                case (ControlPacketType.PubRec, OutgoingState.AwaitsPubRec or OutgoingState.AwaitsPubComp) when !ack.ReasonCode.IsFailure():
                    if (message!.State == OutgoingState.AwaitsPubRec) services.OnDelivered(this, message.Message, ack.ReasonCode);
                    Release(message);
                    return _link;
                case (ControlPacketType.PubRec, not OutgoingState.AwaitsPubRec) when !ack.ReasonCode.IsFailure():
                    // The message is not known any more; the client may forget it too (MQTT 5.0 §4.3.3).
                    _link?.SendRelease(ack.PacketIdentifier, ReasonCode.PacketIdentifierNotFound);
                    return _link;
                case (ControlPacketType.PubAck, OutgoingState.AwaitsPubAck):
                case (ControlPacketType.PubRec, OutgoingState.AwaitsPubRec):
                    services.OnDelivered(this, message!.Message, ack.ReasonCode);
                    Forget(message);
                    return Pump() ? _link : null;
                case (ControlPacketType.PubComp, OutgoingState.AwaitsPubComp):
                    Forget(message!);
                    return Pump() ? _link : null;
                default:
                    return null; // an answer to nothing: the standards let it pass
            }
        }
    }

    /// <summary>Whether a QoS 2 message with this identifier was accepted and not yet released.</summary>
    public bool HasInbound(ushort packetIdentifier)
    {
        lock (_gate) return _inbound is not null && _inbound.Contains(packetIdentifier);
    }

    public void AddInbound(ushort packetIdentifier)
    {
        lock (_gate)
        {
            if ((_inbound ??= []).Add(packetIdentifier)) Journal?.Record(this, new InboundSaved(ClientIdentifier, packetIdentifier));
        }
    }

    public bool RemoveInbound(ushort packetIdentifier)
    {
        lock (_gate)
        {
            if (_inbound is null || !_inbound.Remove(packetIdentifier)) return false;
            Journal?.Record(this, new InboundRemoved(ClientIdentifier, packetIdentifier));
            return true;
        }
    }

    public int InboundCount
    {
        get
        {
            lock (_gate) return _inbound?.Count ?? 0;
        }
    }

    /// <summary>Notes what was there before the session was stored.</summary>
    public void SaveContents()
    {
        lock (_gate)
        {
            foreach (var message in _outgoing.InOrder().Where(static m => m.Qos != QualityOfService.AtMostOnce)) Save(message);
            foreach (var identifier in _inbound ?? []) Journal!.Record(this, new InboundSaved(ClientIdentifier, identifier));
            foreach (var subscription in Subscriptions.Values)
                Journal!.Record(this, new SubscriptionSaved(ClientIdentifier, subscription.AsSent(), subscription.Identifier));
        }
    }

    /// <summary>Takes back what was stored. Before the session is known to anyone.</summary>
    public void Restore(StoredSession stored)
    {
        foreach (var saved in stored.Messages)
        {
            _outgoing.Restore(new OutgoingMessage(saved.Message)
            {
                Number = saved.Number,
                Qos = saved.Qos,
                Retain = saved.Retain,
                SubscriptionIdentifiers = saved.SubscriptionIdentifiers.ToArray(),
                State = saved.State,
            });
        }

        _hasBacklog = _outgoing.Count > 0;
        if (stored.InboundIdentifiers.Count > 0) _inbound = [.. stored.InboundIdentifiers];
    }

    /// <summary>Nothing is delivered any more. Returns what was not delivered.</summary>
    public IReadOnlyList<OutgoingMessage> End()
    {
        lock (_gate)
        {
            _ended = true;
            _link = null;
            return [.. _outgoing.InOrder()];
        }
    }

    private DeliveryOutcome Enqueue(OutgoingMessage message, bool evenIfFull)
    {
        if (_ended) return DeliveryOutcome.NoSession;
        if (_link is null && message.Qos == QualityOfService.AtMostOnce) return DeliveryOutcome.NotConnected;
        if (!evenIfFull && _outgoing.WaitingCount > 0
            && (_outgoing.WaitingCount >= Limits.QueuedMessagesMax || _outgoing.Bytes + message.Message.Cost > Limits.QueuedBytesMax))
        {
            return DeliveryOutcome.QueueFull;
        }

        if (!_outgoing.TryAdd(message)) return DeliveryOutcome.QueueFull;
        if (Journal is not null && message.Qos != QualityOfService.AtMostOnce) Save(message);
        return DeliveryOutcome.Taken;
    }

    /// <summary>Appends to the link what may go; true when there was something.</summary>
    private bool Pump()
    {
        bool sent = false;
        while (_link is not null && _outgoing.TryPeek(out var next))
        {
            if (next.StoredAt > 0 && next.StoredAt > Journal!.StoredUpTo) break;
            if (next.State == OutgoingState.AwaitsPubComp)
            {
                if (!_link.HasRoom) break;
                _link.SendRelease(next.PacketIdentifier, ReasonCode.Success);
                _outgoing.Advance(OutgoingState.AwaitsPubComp);
                sent = true;
                continue;
            }

            if (next.Qos != QualityOfService.AtMostOnce && _quotaHeld >= _link.SendQuota) break;
            if (next.State == OutgoingState.Waits && next.Message.HasExpired(services.Now))
            {
                Drop(next, DropReason.Expired);
                continue;
            }

            var result = _link.TrySend(next, dup: next.State != OutgoingState.Waits);
            if (result == SendResult.NoRoom) break;
            if (result == SendResult.TooLarge) Drop(next, DropReason.TooLarge);
            else MarkSent(next);
            sent = true;
        }

        _hasBacklog = _outgoing.WaitingCount > 0 || (_link is not null && _outgoing.TryPeek(out _));
        return sent;
    }

    private void MarkSent(OutgoingMessage message)
    {
        if (message.Qos == QualityOfService.AtMostOnce)
        {
            _outgoing.Remove(message);
            return;
        }

        bool first = message.State == OutgoingState.Waits;
        _outgoing.Advance(message.Qos == QualityOfService.AtLeastOnce ? OutgoingState.AwaitsPubAck : OutgoingState.AwaitsPubRec);
        message.HoldsQuota = true;
        _quotaHeld++;
        if (first) Journal?.Record(this, new MessageMoved(ClientIdentifier, message.Number, message.State));
    }

    private void Release(OutgoingMessage message)
    {
        if (message.State == OutgoingState.AwaitsPubRec)
        {
            message.State = OutgoingState.AwaitsPubComp;
            Journal?.Record(this, new MessageMoved(ClientIdentifier, message.Number, OutgoingState.AwaitsPubComp));
        }

        _link?.SendRelease(message.PacketIdentifier, ReasonCode.Success);
    }

    /// <summary>The client has the message, or has refused it for good.</summary>
    private void Forget(OutgoingMessage message)
    {
        if (message.HoldsQuota) _quotaHeld--;
        _outgoing.Remove(message);
        if (message.Qos != QualityOfService.AtMostOnce) Journal?.Record(this, new MessageRemoved(ClientIdentifier, message.Number));
    }

    private void Drop(OutgoingMessage message, DropReason reason)
    {
        Forget(message);
        services.OnDropped(this, message.Message, reason);
    }

    private void Save(OutgoingMessage message) => message.StoredAt = Journal!.Record(this, new MessageSaved(
        ClientIdentifier, message.Number, message.Message, message.Qos, message.Retain, message.SubscriptionIdentifiers.ToArray(), message.State));
}

internal enum DeliveryOutcome : byte
{
    Taken,
    NotConnected,
    QueueFull,
    NoSession,
}
