using System.Runtime.InteropServices;
using System.Threading.Channels;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>
/// Received messages on their way to the handler, and the Packet Identifiers of the QoS 2 ones that are not released
/// (the other half of the Client's Session State, MQTT 5.0 §4.1). It outlives a connection.
/// </summary>
internal sealed class Inbox(MqttClientOptions options)
{
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Delivery(ReceivedMessage Message, ServerConnection Origin);

    /// <summary>A QoS 2 message between its first PUBLISH and its PUBREL.</summary>
    private sealed class Unreleased(ServerConnection answerTo)
    {
        /// <summary>The connection that has last brought it.</summary>
        public ServerConnection AnswerTo { get; set; } = answerTo;

        public bool IsHandled { get; set; }
    }

    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, Unreleased> _unreleased = [];
    private readonly Channel<Delivery> _channel = Channel.CreateBounded<Delivery>(
        new BoundedChannelOptions(Math.Max(1, options.ReceivedMax)) { SingleReader = true });

    /// <summary>False: there is no room; wait for it by <see cref="AcceptAsync"/>.</summary>
    public bool TryAccept(ReceivedMessage message, ServerConnection origin)
    {
        if (message.Qos == QualityOfService.ExactlyOnce && IsDuplicate(message.PacketIdentifier, origin)) return true;
        if (options.OnMessage is not null) return _channel.Writer.TryWrite(new Delivery(message, origin));
        Acknowledge(new Delivery(message, origin), ReasonCode.Success);
        return true;
    }

    /// <summary>After <see cref="TryAccept"/> has said no.</summary>
    public ValueTask AcceptAsync(ReceivedMessage message, ServerConnection origin, CancellationToken cancellationToken) =>
        _channel.Writer.WriteAsync(new Delivery(message, origin), cancellationToken);

    /// <summary>PUBREL: the identifier is free for a new message.</summary>
    public ReasonCode Release(ushort packetIdentifier)
    {
        lock (_lock) return _unreleased.Remove(packetIdentifier) ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound;
    }

    /// <summary>The Server has no session: what it will send is new.</summary>
    public void Forget()
    {
        lock (_lock) _unreleased.Clear();
    }

    /// <summary>Hands the messages over, one after the other, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.OnMessage is not { } handler) return;
        try
        {
            await foreach (var delivery in _channel.Reader.ReadAllAsync(cancellationToken))
                Acknowledge(delivery, await HandleAsync(handler, delivery.Message, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is not handled is not acknowledged, and comes again if the session goes on.
        }
    }

    private async ValueTask<ReasonCode> HandleAsync(
        Func<ReceivedMessage, CancellationToken, ValueTask> handler, ReceivedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await handler(message, cancellationToken);
            return ReasonCode.Success;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            ClientLog.HandlerFailed(options.Logger, exception);
            return ReasonCode.ImplementationSpecificError;
        }
    }

    /// <summary>PUBACKs and PUBRECs leave in the order in which the messages came [MQTT-4.6.0-2], [MQTT-4.6.0-3].</summary>
    private void Acknowledge(Delivery delivery, ReasonCode code)
    {
        var (message, origin) = delivery;
        switch (message.Qos)
        {
            case QualityOfService.AtLeastOnce:
                // If the connection is gone, the Server sends the message again and that one is answered.
                origin.Acknowledge(new AckPacket(ControlPacketType.PubAck, message.PacketIdentifier, code));
                break;
            case QualityOfService.ExactlyOnce:
                lock (_lock)
                {
                    if (!_unreleased.TryGetValue(message.PacketIdentifier, out var unreleased)) return;
                    unreleased.IsHandled = true;
                    // After a refusal the identifier stands for a new message [MQTT-4.3.3-9]; 3.1.1 has no refusal.
                    if (code.IsFailure() && unreleased.AnswerTo.Version == MqttVersion.V500) _unreleased.Remove(message.PacketIdentifier);
                    unreleased.AnswerTo.Acknowledge(new AckPacket(ControlPacketType.PubRec, message.PacketIdentifier, code));
                }
                break;
            default:
                break;
        }
    }

    private bool IsDuplicate(ushort packetIdentifier, ServerConnection origin)
    {
        lock (_lock)
        {
            if (!_unreleased.TryGetValue(packetIdentifier, out var unreleased))
            {
                _unreleased.Add(packetIdentifier, new Unreleased(origin));
                return false;
            }
            unreleased.AnswerTo = origin;
            if (unreleased.IsHandled) origin.Acknowledge(new AckPacket(ControlPacketType.PubRec, packetIdentifier));
            return true;
        }
    }
}
