using Microsoft.Extensions.Logging;
using StepCloud.Mqtt.Broker.Sessions;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Broker.Connections;

/// <summary>What the packets of the client do.</summary>
internal sealed partial class ClientConnection : IPipelineOwner
{
    private volatile State _state;
    private DecoderSettings _decoder;
    private DecoderSettings _controlDecoder;
    private ClientSender? _sender;
    private ConnectedClient? _client;
    private Session? _session;
    private PublishPipeline? _pipeline;
    private InboundTopics? _topics;
    private PublishRate? _rate;
    private TimeSpan _keepAlive;
    private int _receiving;

    private enum State : byte
    {
        /// <summary>Nothing but a CONNECT is let in.</summary>
        Fresh,

        /// <summary>An exchange of AUTH goes on, before the CONNACK.</summary>
        Authenticating,

        Connected,
    }

    /// <summary>Null until the client is accepted.</summary>
    public ConnectedClient? Client => _client;

    public Session? Session => _session;

    public ClientSender? Sender => _sender;

    public bool MayHandOver => !IsClosing || Cause.By != DisconnectedBy.Server || Cause.ReasonCode == ReasonCode.SessionTakenOver;

    /// <summary>All packets that are complete, then one hand-over and one write.</summary>
    private async ValueTask ProcessAsync()
    {
        while (true)
        {
            bool stopped = TakePackets(out var type, out var body);
            if (_pipeline is not null) await PausedAsync("application", _pipeline.SubmitAsync());
            if (stopped) break;
            await HandleAsync(type, body);
        }

        _outbox.Flush();
    }

    /// <summary>Before more is read: room for answers, the rate of this client, and a store that keeps up.</summary>
    private async ValueTask PauseAsync()
    {
        if (!_outbox.HasRoom) await PausedAsync("client", _outbox.WaitForRoomAsync());
        if (_session?.Journal is { } journal) await PausedAsync("store", journal.WhenBacklogIsLowAsync());
        if (_rate?.Debt(_core.Clock.Milliseconds) is { Ticks: > 0 } debt) await PausedAsync("rate", new ValueTask(Task.Delay(debt, _core.Clock.Time, _core.Stopping)));
    }

    private ValueTask PausedAsync(string waitsFor, ValueTask waiting)
    {
        if (!waiting.IsCompleted) _core.Metrics.Paused(waitsFor);
        return waiting;
    }

    /// <summary>Takes packets as long as they need no waiting.</summary>
    /// <returns>False: one was met that does; true: there are no more.</returns>
    private bool TakePackets(out ControlPacketType type, out object? body)
    {
        while (!IsClosing)
        {
            var result = _source.Decode(_source.NextIsPublish ? _decoder : _controlDecoder, out var packet);
            type = packet.Type;
            body = packet.Body;
            if (result.Status == DecodeStatus.NeedMore) return true;
            if (result.Status == DecodeStatus.Refused)
            {
                Refuse(result);
                return true;
            }

            _bytesSinceLife = SignOfLifeBytes;
            if (_state != State.Connected) return false;
            switch (type)
            {
                case ControlPacketType.Publish:
                    if (!TryTakePublish(packet.Publish))
                    {
                        body = packet.Publish.PacketIdentifier;
                        return false;
                    }

                    break;
                case ControlPacketType.PubAck or ControlPacketType.PubRec or ControlPacketType.PubComp:
                    _session!.Acknowledge(packet.Ack);
                    break;
                case ControlPacketType.PubRel:
                    body = packet.Ack.PacketIdentifier;
                    return false;
                case ControlPacketType.PingReq:
                    _sender!.SendPingResponse();
                    break;
                default:
                    return false;
            }
        }

        type = default;
        body = null;
        return true;
    }

    private async ValueTask HandleAsync(ControlPacketType type, object? body)
    {
        switch (type)
        {
            case ControlPacketType.Connect:
                await ConnectAsync((ConnectPacket)body!);
                break;
            case ControlPacketType.Auth when _state == State.Authenticating:
                await ContinueConnectAsync((AuthPacket)body!);
                break;
            case ControlPacketType.Disconnect:
                OnDisconnect((DisconnectPacket)body!);
                break;
            case var _ when _state != State.Connected:
                Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.ProtocolError));
                break;
            case ControlPacketType.Auth:
                await ReAuthenticateAsync((AuthPacket)body!);
                break;
            case ControlPacketType.Publish:
                await RepeatReceivedAsync((ushort)body!);
                break;
            case ControlPacketType.PubRel:
                await ReleaseReceivedAsync((ushort)body!);
                break;
            case ControlPacketType.Subscribe:
                await SubscribeAsync((SubscribePacket)body!);
                break;
            case ControlPacketType.Unsubscribe:
                await UnsubscribeAsync((UnsubscribePacket)body!);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>False: it is a QoS 2 message that was accepted before, whose PUBREC is to be said again in its turn.</summary>
    private bool TryTakePublish(in PublishPacket packet)
    {
        _topics ??= new InboundTopics(_client!.Version == MqttVersion.V500 ? _core.Options.TopicAliasMaximum : 0);
        if (packet.TopicAlias > _core.Options.TopicAliasMaximum || !_topics.TryResolve(packet.Topic.Span, packet.TopicAlias, out string topic))
        {
            Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.TopicAliasInvalid));
            return true;
        }

        _rate?.Take();
        _pipeline ??= new PublishPipeline(this, _core.Options.PendingMessagesMax, _core.Options.PendingBytesMax);
        if (packet.Qos == QualityOfService.ExactlyOnce)
        {
            if (_pipeline.Contains(packet.PacketIdentifier)) return true;
            if (_session!.HasInbound(packet.PacketIdentifier)) return false;
        }

        if (packet.Qos != QualityOfService.AtMostOnce && Interlocked.Increment(ref _receiving) > _core.Options.ReceiveMaximum
            && _client!.Version == MqttVersion.V500)
        {
            Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.ReceiveMaximumExceeded));
            return true;
        }

        _pipeline.Add(_client!, packet, topic, AuthorizePublish(packet, topic), _source.Current);
        return true;
    }

    private Authorization AuthorizePublish(in PublishPacket packet, string topic)
    {
        if (TopicName.LevelCount(topic) > _core.Options.TopicLevelsMax)
            return new Authorization(ReasonCode.TopicNameInvalid, $"The topic has more than {_core.Options.TopicLevelsMax} levels.");
        if (packet.Retain && !packet.Payload.IsEmpty && !_core.Retained.HasRoomFor(topic))
            return new Authorization(ReasonCode.QuotaExceeded, "The server retains as many messages as it may.");
        return _core.Authorizer.AuthorizePublish(_client!, topic, packet.Qos, packet.Retain);
    }

    /// <summary>PUBREC again, in the order of the messages: after those that are still with the application (MQTT 5.0 §4.6).</summary>
    private async ValueTask RepeatReceivedAsync(ushort packetIdentifier)
    {
        await _pipeline!.WhenIdleAsync();
        _sender!.Send(new AckPacket(ControlPacketType.PubRec, packetIdentifier));
    }

    private async ValueTask ReleaseReceivedAsync(ushort packetIdentifier)
    {
        bool known = _session!.RemoveInbound(packetIdentifier);
        // Were the release lost after its answer, the client's next message of this identifier would pass for a repetition.
        if (known && _session.Journal is { } journal) await journal.WhenStoredAsync();
        if (known && Volatile.Read(ref _receiving) > 0) Interlocked.Decrement(ref _receiving);
        _sender!.Send(new AckPacket(ControlPacketType.PubComp, packetIdentifier, known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound));
    }

    private void OnDisconnect(DisconnectPacket packet)
    {
        if (_state == State.Connected)
        {
            if (packet.SessionExpiryInterval is > 0 && _session!.ExpiryInterval == TimeSpan.Zero)
            {
                // An interval of zero at CONNECT is final (MQTT 5.0 §3.14.2.2.2).
                Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.ProtocolError));
                return;
            }

            if (packet.SessionExpiryInterval is { } seconds) _session!.ExpiryInterval = _session.Limits.ExpiryOf(seconds);
            if (packet.ReasonCode == ReasonCode.NormalDisconnection) _session!.Will = null;
        }

        Close(new DisconnectCause(DisconnectedBy.Client, packet.ReasonCode, packet.ReasonString));
    }

    private void Refuse(in DecodeResult result)
    {
        var violation = result.Violation!;
        LogViolation(_core.Logger, Id, violation);
        if (_state == State.Fresh && result.Version is { } version) RefuseConnect(version, violation.ReasonCode, violation.Text);
        else Close(new DisconnectCause(DisconnectedBy.Server, violation.ReasonCode, violation.Text));
    }

    ValueTask IPipelineOwner.AcceptAsync(PublishBatch batch)
    {
        if (_core.Metrics.TimesBatches) batch.HandedOverAt = _core.Clock.Time.GetTimestamp();
        return MqttWatching.Source.HasListeners() ? AcceptTracedAsync(batch) : _core.Handler.AcceptAsync(batch, _core.Stopping);
    }

    private async ValueTask AcceptTracedAsync(PublishBatch batch)
    {
        batch.Span = BatchSpan.Begin(batch);
        await _core.Handler.AcceptAsync(batch, _core.Stopping);
    }

    async ValueTask IPipelineOwner.CompleteAsync(PublishBatch batch)
    {
        bool mustBeStored = Route(batch);
        if (mustBeStored) await _core.WhenStoredAsync();
        Acknowledge(batch);
        _outbox.Flush();
        batch.CompleteSpan(_core.Metrics.BatchCompleted(batch, _core.Clock.Time.GetElapsedTime(batch.HandedOverAt)));
    }

    void IPipelineOwner.Fail(Exception exception)
    {
        LogNotAccepted(_core.Logger, Id, exception);
        Close(new DisconnectCause(DisconnectedBy.Server, ReasonCode.ImplementationSpecificError, "The messages could not be accepted; send them again."));
    }

    void IPipelineOwner.Hold() => Hold();

    void IPipelineOwner.Release() => Release();

    /// <returns>Whether the acknowledgements rest on something that must be stored first.</returns>
    private bool Route(PublishBatch batch)
    {
        using var routing = _core.Router.Begin();
        bool mustBeStored = false;
        for (int i = 0; i < batch.Count; i++)
        {
            ref var entry = ref batch.At(i);
            if (entry.ReasonCode.IsFailure()) continue;
            if (entry.Packet.Qos == QualityOfService.ExactlyOnce)
            {
                _session!.AddInbound(entry.Packet.PacketIdentifier);
                mustBeStored |= _session.Journal is not null;
            }

            if (entry.IsRouted) routing.Route(entry.Packet, entry.Topic, _session, entry.IsEchoed);
        }

        return mustBeStored | routing.MustBeStored;
    }

    private void Acknowledge(PublishBatch batch)
    {
        var settings = _sender!.Settings;
        lock (_outbox.Gate)
        {
            if (_outbox.HasEnded) return;
            for (int i = 0; i < batch.Count; i++)
            {
                ref var entry = ref batch.At(i);
                if (entry.Packet.Qos == QualityOfService.AtMostOnce) continue;
                var type = entry.Packet.Qos == QualityOfService.AtLeastOnce ? ControlPacketType.PubAck : ControlPacketType.PubRec;
                if (type == ControlPacketType.PubAck || entry.ReasonCode.IsFailure()) Interlocked.Decrement(ref _receiving);
                var code = SayableReason.InPublishAck(entry.ReasonCode);
                MqttEncoder.Encode(_outbox, new AckPacket(type, entry.Packet.PacketIdentifier, code) { ReasonString = entry.ReasonString }, settings);
            }
        }
    }

    [LoggerMessage(1001, LogLevel.Debug, "Connection {Id}: {Violation}")]
    private static partial void LogViolation(ILogger logger, long id, Violation violation);

    [LoggerMessage(1002, LogLevel.Debug, "Connection {Id}: the link failed: {Reason}")]
    private static partial void LogLinkFailed(ILogger logger, long id, string reason);

    [LoggerMessage(1005, LogLevel.Debug, "Connection {Id} is over, by the {By}: {ReasonCode}")]
    private static partial void LogOver(ILogger logger, long id, DisconnectedBy by, ReasonCode reasonCode);

    [LoggerMessage(1003, LogLevel.Error, "Connection {Id} ends by a fault of the server")]
    private static partial void LogBug(ILogger logger, long id, Exception exception);

    [LoggerMessage(1004, LogLevel.Error, "Connection {Id}: a batch was not accepted; nothing of it is acknowledged")]
    private static partial void LogNotAccepted(ILogger logger, long id, Exception exception);
}
