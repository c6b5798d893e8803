using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>
/// The Client's side of the Session State (MQTT 5.0 §4.1): what was published and is not acknowledged. It outlives a
/// connection; while there is none, publications wait.
/// </summary>
/// <remarks>
/// A publication is in exactly one of three places: waiting (no Packet Identifier yet), to be resent (has one, and was
/// sent on a connection that is gone), or in flight. Only what is in flight uses up the quota of the Receive Maximum.
/// </remarks>
internal sealed class ClientSession(MqttClientOptions options)
{
    private static readonly Task<PublishResult> s_success = Task.FromResult(new PublishResult(ReasonCode.Success));

    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, PendingPublish> _inFlight = [];
    private readonly Queue<PendingPublish> _resend = new();
    private readonly Queue<PendingPublish> _waiting = new();
    private readonly PacketIdentifiers _identifiers = new();
    private long _sequence;
    private Exception? _ended;

    private SendQueue? _output;
    private ConnAckPacket _limits = new();
    private TopicAliasSender? _aliases;
    private int _quota;

    public PacketIdentifiers Identifiers => _identifiers;

    /// <exception cref="InvalidOperationException">More wait than <see cref="MqttClientOptions.WaitingMax"/>.</exception>
    public Task<PublishResult> PublishAsync(in PublishPacket message, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<PublishResult>(cancellationToken);
        PendingPublish pending;
        lock (_lock)
        {
            if (_ended is not null) return Task.FromException<PublishResult>(_ended);
            var mayOvertake = _waiting.Count == 0 && _resend.Count == 0;
            if (message.Qos == QualityOfService.AtMostOnce && mayOvertake && CanSend(message.Qos)) return SendAtMostOnce(message);

            pending = new PendingPublish(message);
            if (!mayOvertake || !TrySend(pending))
            {
                if (_waiting.Count >= options.WaitingMax)
                    throw new InvalidOperationException($"More than {options.WaitingMax} publications wait: await some before adding more.");
                _waiting.Enqueue(pending);
            }
        }
        pending.CancelWith(cancellationToken);
        return pending.Task;
    }

    /// <summary>A connection is there: resends what the Server's session still knows of, and sends what has waited.</summary>
    public void Attach(SendQueue output, ConnAckPacket connAck)
    {
        lock (_lock)
        {
            _output = output;
            _limits = connAck;
            _aliases = options.UseTopicAliases && connAck.TopicAliasMaximum > 0 ? new TopicAliasSender(connAck.TopicAliasMaximum) : null;
            _quota = Math.Min(Math.Clamp(options.InFlightMax, 1, PacketIdentifiers.PublishMax), connAck.ReceiveMaximum);
            if (connAck.SessionPresent) PrepareResend();
            else ForgetUnacknowledged(new MqttConnectionLostException("The Server has lost the session."));
            SendNext();
        }
    }

    /// <summary>The connection is gone: what is in flight stays until the next one, or until <see cref="End"/>.</summary>
    public void Detach()
    {
        lock (_lock) _output = null;
    }

    /// <summary>No connection will come any more: all that waits fails, and so does all that follows.</summary>
    public void End(Exception reason)
    {
        lock (_lock)
        {
            _ended = reason;
            _output = null;
            ForgetUnacknowledged(reason);
            while (_waiting.TryDequeue(out var pending)) pending.Fail(reason);
        }
    }

    /// <summary>There is room in the send buffer again.</summary>
    public void SendNext()
    {
        lock (_lock)
        {
            while (_resend.TryPeek(out var pending) && TrySend(pending)) _resend.Dequeue();
            if (_resend.Count > 0) return;
            while (_waiting.TryPeek(out var pending) && (pending.Task.IsCompleted || TrySend(pending))) _waiting.Dequeue();
        }
    }

    /// <summary>PUBACK, PUBREC or PUBCOMP.</summary>
    public void Acknowledged(in AckPacket ack)
    {
        lock (_lock)
        {
            if (!_inFlight.TryGetValue(ack.PacketIdentifier, out var pending))
            {
                // A PUBREC is answered even when its message is not known, so that the Server can let go of it (MQTT 5.0 §3.6.2.1).
                if (ack.Type == ControlPacketType.PubRec && !ack.ReasonCode.IsFailure())
                    _output?.Send(new AckPacket(ControlPacketType.PubRel, ack.PacketIdentifier, ReasonCode.PacketIdentifierNotFound));
                return;
            }
            if ((ack.Type == ControlPacketType.PubAck) != (pending.Message.Qos == QualityOfService.AtLeastOnce)) return;
            if (ack.Type == ControlPacketType.PubRec && !ack.ReasonCode.IsFailure())
            {
                pending.IsReleased = true;
                _output?.Send(new AckPacket(ControlPacketType.PubRel, ack.PacketIdentifier));
                return;
            }
            _inFlight.Remove(ack.PacketIdentifier);
            _identifiers.Free(ack.PacketIdentifier);
            if (pending.HoldsQuota) _quota++;
            pending.Complete(new PublishResult(ack.ReasonCode, ack.ReasonString));
            SendNext();
        }
    }

    private bool CanSend(QualityOfService qos) =>
        _output is { HasRoom: true } && (qos == QualityOfService.AtMostOnce || _quota > 0);

    private Task<PublishResult> SendAtMostOnce(in PublishPacket message)
    {
        if (Refusal(message) is { } refusal) return Task.FromResult(refusal);
        return Send(message) ? s_success : Task.FromResult(TooLarge());
    }

    /// <summary>False: it has to wait. True: it was sent, or it is done with.</summary>
    private bool TrySend(PendingPublish pending)
    {
        var message = pending.Message;
        if (!CanSend(message.Qos)) return false;
        if (Refusal(message) is { } refusal)
        {
            Drop(pending, refusal);
            return true;
        }
        if (message.Qos != QualityOfService.AtMostOnce)
        {
            message = message with { Dup = pending.PacketIdentifier != 0 };
            if (pending.PacketIdentifier == 0)
            {
                pending.PacketIdentifier = _identifiers.Take();
                pending.Sequence = ++_sequence;
            }
            message = message with { PacketIdentifier = pending.PacketIdentifier };
        }
        if (!Send(message))
        {
            Drop(pending, TooLarge());
            return true;
        }
        if (message.Qos == QualityOfService.AtMostOnce)
        {
            pending.Complete(new PublishResult(ReasonCode.Success));
            return true;
        }
        _inFlight[pending.PacketIdentifier] = pending;
        pending.HoldsQuota = true;
        _quota--;
        return true;
    }

    private bool Send(in PublishPacket message) => _aliases is null ? _output!.Send(message) : _aliases.Send(_output!, message);

    private PublishResult? Refusal(in PublishPacket message)
    {
        if (message.Qos > _limits.MaximumQos) return new PublishResult(ReasonCode.QosNotSupported, "The Server said so in CONNACK.");
        if (message.Retain && !_limits.RetainAvailable) return new PublishResult(ReasonCode.RetainNotSupported, "The Server said so in CONNACK.");
        return null;
    }

    private static PublishResult TooLarge() => new(ReasonCode.PacketTooLarge, "It is over the Server's Maximum Packet Size.");

    private void Drop(PendingPublish pending, PublishResult result)
    {
        if (pending.PacketIdentifier != 0) _identifiers.Free(pending.PacketIdentifier);
        pending.Complete(result);
    }

    /// <summary>PUBLISH and PUBREL are resent with their identifiers, in the order of old [MQTT-4.4.0-1], [MQTT-4.6.0-1].</summary>
    private void PrepareResend()
    {
        var unacknowledged = _inFlight.Values.Concat(_resend).OrderBy(pending => pending.Sequence).ToList();
        _resend.Clear();
        _inFlight.Clear();
        foreach (var pending in unacknowledged)
        {
            // A PUBREL that is sent again takes nothing of the new connection's quota.
            pending.HoldsQuota = false;
            if (!pending.IsReleased)
            {
                _resend.Enqueue(pending);
                continue;
            }
            _inFlight[pending.PacketIdentifier] = pending;
            _output!.Send(new AckPacket(ControlPacketType.PubRel, pending.PacketIdentifier));
        }
    }

    private void ForgetUnacknowledged(Exception reason)
    {
        foreach (var pending in _inFlight.Values.Concat(_resend))
        {
            _identifiers.Free(pending.PacketIdentifier);
            pending.Fail(reason);
        }
        _inFlight.Clear();
        _resend.Clear();
    }
}
