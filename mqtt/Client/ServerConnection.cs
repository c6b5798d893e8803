using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>One network connection after its CONNACK: reads, writes and keeps alive until one of the three ends.</summary>
internal sealed class ServerConnection
{
    /// <summary>How long the other side may take to close after a DISCONNECT.</summary>
    private static readonly TimeSpan s_lingering = TimeSpan.FromSeconds(1);

    private readonly MqttClientOptions _options;
    private readonly ClientSession _session;
    private readonly Inbox _inbox;
    private readonly Stream _stream;
    private readonly ReceiveBuffer _buffer;
    private readonly DecoderSettings _decoder;
    private readonly KeepAlive _keepAlive;
    private readonly TopicAliasReceiver _aliases;
    private readonly int _receiveMaximum;
    private readonly TaskCompletionSource<ConnectionClosed> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConnectionClosed? _ending;
    private int _unacknowledged;

    public ServerConnection(MqttClientOptions options, ConnectPacket connect, Handshake handshake, ClientSession session, Inbox inbox)
    {
        _options = options;
        _session = session;
        _inbox = inbox;
        _stream = handshake.Stream;
        _buffer = handshake.Buffer;
        _decoder = handshake.Decoder;
        Version = connect.Version;
        ConnAck = handshake.ConnAck;
        _aliases = new TopicAliasReceiver(connect.TopicAliasMaximum);
        _receiveMaximum = connect.ReceiveMaximum;
        _keepAlive = new KeepAlive(
            options.TimeProvider, TimeSpan.FromSeconds(ConnAck.ServerKeepAlive ?? connect.KeepAlive), options.PingTimeout);
        Requests = new PendingRequests(session.Identifiers);
        Output = new SendQueue(options.SendBufferBytesMax)
        {
            Settings = new EncoderSettings(Version, ConnAck.MaximumPacketSize ?? DecoderSettings.LargestPacketSize),
            Written = _keepAlive.Sent,
            Drained = session.SendNext,
        };
        Authentication = new Reauthentication(options, connect.AuthenticationMethod, Output);
    }

    public MqttVersion Version { get; }
    public ConnAckPacket ConnAck { get; }
    public SendQueue Output { get; }
    public PendingRequests Requests { get; }
    public Reauthentication Authentication { get; }

    /// <summary>Completes when all is over; never fails.</summary>
    public Task<ConnectionClosed> Closed => _closed.Task;

    /// <summary>Runs to the end of the connection, and leaves nothing running.</summary>
    public async Task RunAsync()
    {
        using var stop = new CancellationTokenSource();
        if (!ConnAck.SessionPresent) _inbox.Forget();
        _session.Attach(Output, ConnAck);
        ClientLog.Connected(_options.Logger, ConnAck.SessionPresent);

        var write = Output.RunAsync(_stream, stop.Token);
        var read = ReadAsync(stop.Token);
        var ping = _keepAlive.RunAsync(() => Output.Send(true, static (output, _, _) =>
        {
            MqttEncoder.EncodePingReq(output);
            return true;
        }), stop.Token);
        var first = await Task.WhenAny(write, read, ping);
        // A DISCONNECT of ours is still to be written, and then the Server's end of the stream to be waited for: closing
        // at once could take the DISCONNECT back (RFC 9293 §3.10.4: a reset, if there is something unread).
        if (_ending is { ByServer: false })
            await Task.WhenAny(Task.WhenAll(write, read), Task.Delay(s_lingering, _options.TimeProvider, stop.Token));

        var closed = _ending ?? new ConnectionClosed(null, null, ByServer: true, first.Exception?.InnerException);
        await stop.CancelAsync();
        await _stream.DisposeAsync();
        _session.Detach();
        var reason = closed.ToException();
        Requests.Fail(reason);
        Authentication.Fail(reason);
        await Task.WhenAll(write, read, ping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ClientLog.Disconnected(_options.Logger, closed.ReasonCode, closed.ReasonString, closed.Cause);
        _closed.SetResult(closed);
    }

    /// <summary>Sends DISCONNECT after all that is in the send buffer.</summary>
    public void Disconnect(DisconnectPacket packet) =>
        End(packet, new ConnectionClosed(packet.ReasonCode, packet.ReasonString, ByServer: false));

    /// <summary>PUBACK, PUBREC or PUBCOMP to the Server.</summary>
    public void Acknowledge(in AckPacket ack)
    {
        if (ack.Type != ControlPacketType.PubRec || ack.ReasonCode.IsFailure()) Interlocked.Decrement(ref _unacknowledged);
        Output.Send(ack);
    }

    /// <summary>After a DISCONNECT of the Server, or one that we sent because it broke the protocol.</summary>
    private bool MustNotReadOn => Volatile.Read(ref _ending) is { ByServer: true } or { Cause: not null };

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int needed;
            while (HandleBuffered(out needed, cancellationToken) is { } message)
            {
                _keepAlive.IsReadingPaused = true;
                await _inbox.AcceptAsync(message, this, cancellationToken);
                _keepAlive.IsReadingPaused = false;
            }
            if (MustNotReadOn) return;
            var received = await _stream.ReadAsync(_buffer.Free(needed), cancellationToken);
            if (received == 0) return;
            _buffer.Received(received);
            _keepAlive.Received();
        }
    }

    /// <summary>Handles all packets that are there.</summary>
    /// <returns>A message that the inbox has no room for; null: all is handled.</returns>
    private ReceivedMessage? HandleBuffered(out int needed, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = MqttDecoder.Decode(_buffer.Filled, _decoder, out var packet);
            needed = result.Length;
            if (result.Status == DecodeStatus.NeedMore) return null;
            if (result.Status == DecodeStatus.Refused)
            {
                Violated(result.Violation!.ReasonCode, result.Violation.ToString());
                return null;
            }
            var rejected = Handle(packet, cancellationToken);
            _buffer.Consumed(result.Length);
            if (rejected is not null) return rejected;
            if (MustNotReadOn) return null;
        }
    }

    private ReceivedMessage? Handle(in MqttPacket packet, CancellationToken cancellationToken)
    {
        switch (packet.Type)
        {
            case ControlPacketType.Publish:
                return Receive(packet.Publish);
            case ControlPacketType.PubAck or ControlPacketType.PubRec or ControlPacketType.PubComp:
                _session.Acknowledged(packet.Ack);
                break;
            case ControlPacketType.PubRel:
                var code = _inbox.Release(packet.Ack.PacketIdentifier);
                Acknowledge(new AckPacket(ControlPacketType.PubComp, packet.Ack.PacketIdentifier, code));
                break;
            case ControlPacketType.SubAck:
                Requests.Complete(((SubAckPacket)packet.Body!).PacketIdentifier, packet.Body);
                break;
            case ControlPacketType.UnsubAck:
                Requests.Complete(((UnsubAckPacket)packet.Body!).PacketIdentifier, packet.Body);
                break;
            case ControlPacketType.Disconnect:
                var disconnect = (DisconnectPacket)packet.Body!;
                var closed = new ConnectionClosed(
                    disconnect.ReasonCode, disconnect.ReasonString, ByServer: true, ServerReference: disconnect.ServerReference);
                Interlocked.CompareExchange(ref _ending, closed, null);
                break;
            case ControlPacketType.Auth:
                if (!Authentication.TryReceive((AuthPacket)packet.Body!, cancellationToken))
                    Violated(ReasonCode.ProtocolError, "AUTH came, but the CONNECT had no Authentication Method [MQTT-4.12.0-6].");
                break;
            case ControlPacketType.ConnAck:
                Violated(ReasonCode.ProtocolError, "A second CONNACK came [MQTT-3.2.0-2].");
                break;
            default:
                // PINGRESP: that something was received is all it says.
                break;
        }
        return null;
    }

    private ReceivedMessage? Receive(in PublishPacket packet)
    {
        if (_aliases.Resolve(packet) is not { } topic)
        {
            Violated(ReasonCode.TopicAliasInvalid, "The Topic Alias is not known, or above the Topic Alias Maximum.");
            return null;
        }
        if (packet.Qos != QualityOfService.AtMostOnce && Interlocked.Increment(ref _unacknowledged) > _receiveMaximum
            && Version == MqttVersion.V500)
        {
            Violated(ReasonCode.ReceiveMaximumExceeded, "The Server sent more than the Receive Maximum [MQTT-3.3.4-9].");
            return null;
        }
        var message = new ReceivedMessage(packet, topic.Span);
        return _inbox.TryAccept(message, this) ? null : message;
    }

    private void Violated(ReasonCode code, string text)
    {
        ClientLog.ServerViolation(_options.Logger, text);
        End(new DisconnectPacket { ReasonCode = code }, new ConnectionClosed(code, null, ByServer: false, new InvalidDataException(text)));
    }

    private void End(DisconnectPacket packet, ConnectionClosed closed)
    {
        if (Interlocked.CompareExchange(ref _ending, closed, null) is not null) return;
        Output.Send(packet, static (output, packet, settings) => MqttEncoder.Encode(output, packet, settings));
        Output.Complete();
    }
}
